import type { Ops, Tensor } from "@webfla/ops";
import { type LowRank, lowRank } from "../../modules/low-rank";
import { mix, shift } from "../../modules/mix";
import { normHeads, timeMixState } from "../../modules/rwkv-heads";
import {
  type Layer,
  type LayerContext,
  type LayerResult,
  linear,
  mergeHeads,
  splitHeads,
  type Weights,
} from "../layer";

export interface Rwkv7Options {
  readonly hiddenSize: number;
  /** Channels of a key, K; divides hiddenSize. */
  readonly headDim: number;
  /** Channels of all values, a multiple of the heads. */
  readonly valueDim: number;
  /** Rows of the low-rank matrices of the decay, the rate a, the value mix and the gate. */
  readonly ranks: Readonly<Record<"w" | "a" | "v" | "g", number>>;
  /** Whether it is the model's first layer, whose values the others mix into theirs. */
  readonly first: boolean;
  readonly normEps: number;
  /** Below the square root of a key's length. */
  readonly keyEps: number;
}

type Maps = Readonly<Record<"w" | "a" | "v" | "g", LowRank>>;
const mixed = ["r", "w", "k", "v", "a", "g"] as const;

/** RWKV-7's time mixing (Peng et al. 2025, arXiv:2503.14456). FLA: fla.layers.RWKV7Attention. */
export function rwkv7(options: Rwkv7Options): Layer {
  const { hiddenSize, headDim, valueDim, ranks, first } = options;
  const map = (letter: keyof Maps, to: number, rest: { activation?: "tanh" | "sigmoid"; bias: boolean }) =>
    lowRank({ name: `${letter}_lora`, from: hiddenSize, to, rank: ranks[letter], ...rest });
  const maps: Maps = {
    w: map("w", hiddenSize, { activation: "tanh", bias: true }),
    a: map("a", hiddenSize, { bias: true }),
    v: map("v", valueDim, { bias: true }),
    g: map("g", valueDim, { activation: "sigmoid", bias: false }),
  };
  return {
    parameters: {
      ...Object.fromEntries(mixed.map((letter) => [`x_${letter}`, [1, 1, hiddenSize]])),
      k_k: [hiddenSize],
      k_a: [hiddenSize],
      r_k: [hiddenSize / headDim, headDim],
      "r_proj.weight": [hiddenSize, hiddenSize],
      "k_proj.weight": [hiddenSize, hiddenSize],
      "v_proj.weight": [valueDim, hiddenSize],
      ...maps.w.parameters,
      ...maps.a.parameters,
      ...(!first && maps.v.parameters),
      ...maps.g.parameters,
      "g_norm.weight": [valueDim],
      "g_norm.bias": [valueDim],
      "o_proj.weight": [hiddenSize, valueDim],
    },
    forward: (ops, weights, x, context) => forward(options, maps, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  options: Rwkv7Options,
  maps: Maps,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  context: LayerContext<T>,
): LayerResult<T> {
  const { hiddenSize, headDim, first, normEps, keyEps } = options;
  const { varlen, state, wantState } = context;
  const heads = hiddenSize / headDim;
  const mul = (a: T, b: T): T => ops.binary({ kind: "mul", a, b });
  const add = (a: T, b: T): T => ops.binary({ kind: "add", a, b });
  const sigmoid = (y: T): T => ops.unary({ kind: "sigmoid", x: y });
  const split = (y: T): T => splitHeads(ops, y, heads);
  const previous = shift(ops, x, context);
  const from = (letter: (typeof mixed)[number]): T =>
    mix(ops, x, previous.o, ops.reshape(weights(`x_${letter}`), [hiddenSize]));

  const r = split(linear(ops, from("r"), weights("r_proj.weight")));
  // a log decay in (−e^(−1/2), 0)
  const w = ops.affine({ x: sigmoid(maps.w.forward(ops, weights, from("w"))), scale: -Math.exp(-0.5) });
  const a = sigmoid(maps.a.forward(ops, weights, from("a")));
  const key = linear(ops, from("k"), weights("k_proj.weight"));
  const kk = ops.norm({ kind: "l2", x: split(mul(key, weights("k_k"))), eps: keyEps });
  const k = split(add(key, mul(mul(key, ops.affine({ x: a, shift: -1 })), weights("k_a"))));
  const xv = from("v");
  const own = linear(ops, xv, weights("v_proj.weight"));
  const lerp = (): T => {
    const toFirst = ops.binary({ kind: "sub", a: context.shared["vFirst"]!, b: own });
    return add(own, mul(sigmoid(maps.v.forward(ops, weights, xv)), toFirst));
  };
  const v = split(first ? own : lerp());

  const { o, finalState } = ops.linearAttention({
    q: r,
    k,
    v,
    scale: 1,
    decay: { kind: "vector", g: split(w) },
    erase: { kind: "lowRank", a: ops.unary({ kind: "neg", x: kk }), b: mul(kk, split(a)) },
    initialState: state?.tensors["recurrent"],
    outputFinalState: wantState,
    varlen,
  });
  const normed = normHeads(ops, weights, o, headDim * normEps);
  const match = ops.reduce({ kind: "sum", x: mul(mul(r, k), weights("r_k")) }); // [T, H]
  const bonus = mergeHeads(ops, mul(v, ops.reshape(match, [varlen.totalTokens, heads, 1])));
  const gated = mul(add(normed, bonus), maps.g.forward(ops, weights, from("g")));
  return {
    o: linear(ops, gated, weights("o_proj.weight")),
    state: timeMixState(varlen, finalState, previous.finalState),
    shared: first ? { vFirst: own } : undefined,
  };
}
