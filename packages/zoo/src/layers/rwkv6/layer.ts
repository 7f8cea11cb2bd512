import type { Ops, Tensor } from "@webfla/ops";
import { type LowRank, lowRank } from "../../modules/low-rank";
import { mix, shift } from "../../modules/mix";
import { normHeads, timeMixState } from "../../modules/rwkv-heads";
import { type Layer, type LayerContext, type LayerResult, linear, splitHeads, type Weights } from "../layer";

export interface Rwkv6Options {
  readonly hiddenSize: number;
  readonly numHeads: number;
  /** Channels of all keys. */
  readonly keyDim: number;
  /** Channels of all values. */
  readonly valueDim: number;
  /** Rows of the low-rank map to each of the five mixes. */
  readonly mixRank: number;
  /** Rows of the low-rank map to the decay. */
  readonly decayRank: number;
  readonly normEps: number;
}

/** The order of the mixes in `x_proj` and `x_bias`. */
const mixed = ["r", "w", "k", "v", "g"] as const;

/** RWKV-6's time mixing (Peng et al. 2024, arXiv:2404.05892). FLA: fla.layers.RWKV6Attention. */
export function rwkv6(options: Rwkv6Options): Layer {
  const { hiddenSize, numHeads, keyDim, valueDim, mixRank, decayRank } = options;
  const decay = lowRank({
    name: "w_proj.linear",
    from: hiddenSize,
    to: keyDim,
    rank: decayRank,
    activation: "tanh",
    bias: true,
  });
  return {
    parameters: {
      "x_proj.0.mu": [hiddenSize],
      "x_proj.0.linear.weight": [mixed.length * mixRank, hiddenSize],
      "x_proj.2.weight": [hiddenSize, mixed.length * mixRank],
      x_bias: [mixed.length, hiddenSize],
      "r_proj.linear.weight": [keyDim, hiddenSize],
      ...decay.parameters,
      "k_proj.linear.weight": [keyDim, hiddenSize],
      "v_proj.linear.weight": [valueDim, hiddenSize],
      "g_proj.linear.weight": [valueDim, hiddenSize],
      bonus: [numHeads, keyDim / numHeads],
      "g_norm.weight": [valueDim],
      "g_norm.bias": [valueDim],
      "o_proj.weight": [hiddenSize, valueDim],
    },
    forward: (ops, weights, x, context) => forward(options, decay, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  options: Rwkv6Options,
  decay: LowRank,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  context: LayerContext<T>,
): LayerResult<T> {
  const { numHeads, normEps } = options;
  const { varlen, state, wantState } = context;
  const previous = shift(ops, x, context);
  const { r, w, k, v, g } = mixes(options, ops, weights, x, previous.o);
  const project = (name: string, from: T): T => linear(ops, from, weights(`${name}_proj.linear.weight`));
  const { o, finalState } = ops.linearAttention({
    q: splitHeads(ops, project("r", r), numHeads),
    k: splitHeads(ops, project("k", k), numHeads),
    v: splitHeads(ops, project("v", v), numHeads),
    scale: 1,
    decay: { kind: "vector", g: splitHeads(ops, logDecay(ops, decay.forward(ops, weights, w)), numHeads) },
    read: { kind: "bonus", u: weights("bonus") },
    initialState: state?.tensors["recurrent"],
    outputFinalState: wantState,
    varlen,
  });
  const normed = normHeads(ops, weights, o, normEps);
  const gated = ops.binary({ kind: "siluMul", a: project("g", g), b: normed });
  return {
    o: linear(ops, gated, weights("o_proj.weight")),
    state: timeMixState(varlen, finalState, previous.finalState),
  };
}

/** −exp(y): at most 0. */
const logDecay = <T extends Tensor>(ops: Ops<T>, y: T): T =>
  ops.affine({ x: ops.unary({ kind: "exp", x: y }), scale: -1 });

/** What each projection reads: x and the token before it, mixed as both of them say. */
function mixes<T extends Tensor>(
  { hiddenSize, mixRank }: Rwkv6Options,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  delta: T,
): Readonly<Record<(typeof mixed)[number], T>> {
  const base = mix(ops, x, delta, weights("x_proj.0.mu"));
  const inner = ops.unary({ kind: "tanh", x: linear(ops, base, weights("x_proj.0.linear.weight")) });
  const [up, bias] = [weights("x_proj.2.weight"), weights("x_bias")];
  const each = mixed.map((letter, i) => {
    const own = { axis: 1, start: i * mixRank, end: (i + 1) * mixRank };
    const b = ops.reshape(ops.slice({ x: bias, axis: 0, start: i, end: i + 1 }), [hiddenSize]);
    const mu = linear(ops, ops.slice({ x: inner, ...own }), ops.slice({ x: up, ...own }), b);
    return [letter, mix(ops, x, delta, mu)] as const;
  });
  return Object.fromEntries(each) as Record<(typeof mixed)[number], T>;
}
