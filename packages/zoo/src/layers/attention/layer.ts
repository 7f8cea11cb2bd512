import type { Ops, Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { rotaryOf } from "../../modules/rotary";
import {
  type Layer,
  type LayerContext,
  type LayerResult,
  type LayerState,
  linear,
  mergeHeads,
  splitHeads,
  type Weights,
} from "../layer";
import { appendRows, lastRows, pick } from "../ragged";

export interface AttentionOptions {
  readonly hiddenSize: number;
  readonly numHeads: number;
  /** Heads of keys and values; divides numHeads. */
  readonly numKvHeads: number;
  readonly qkvBias: boolean;
  /** RMSNorm of every query and key, with one weight for all heads or one for each. Absent for none. */
  readonly qkNorm?: "shared" | "perHead" | undefined;
  /** Keys that a token sees, itself among them; 0 for all. */
  readonly windowSize: number;
  /** Base of the rotary positions. Absent for none. */
  readonly ropeTheta?: number | undefined;
  /** Logits fade by a data-dependent gate of each token between key and query. Default false. */
  readonly forgetGate?: boolean | undefined;
  /** Whether sigmoid(W_g x) multiplies what is read. Default false. */
  readonly outputGate?: boolean | undefined;
}

const qkNormEps = 1e-5;

/** Causal softmax attention with rotary positions, grouped keys and a sliding window. FLA: fla.layers.Attention. */
export function attention(options: AttentionOptions): Layer {
  const { hiddenSize, numHeads, numKvHeads, qkvBias, qkNorm, forgetGate, outputGate } = options;
  const headDim = hiddenSize / numHeads;
  const kv = headDim * numKvHeads;
  return {
    parameters: {
      "q_proj.weight": [hiddenSize, hiddenSize],
      "k_proj.weight": [kv, hiddenSize],
      "v_proj.weight": [kv, hiddenSize],
      ...(qkvBias && { "q_proj.bias": [hiddenSize], "k_proj.bias": [kv], "v_proj.bias": [kv] }),
      ...(qkNorm === "shared" && { "q_norm.weight": [headDim], "k_norm.weight": [headDim] }),
      ...(qkNorm === "perHead" && { "q_norm.weight": [hiddenSize], "k_norm.weight": [kv] }),
      ...(forgetGate && { "f_proj.weight": [numHeads, hiddenSize], "f_proj.bias": [numHeads] }),
      ...(outputGate && { "g_proj.weight": [hiddenSize, hiddenSize] }),
      "o_proj.weight": [hiddenSize, hiddenSize],
    },
    forward: (ops, weights, x, context) => forward(options, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  options: AttentionOptions,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  context: LayerContext<T>,
): LayerResult<T> {
  const { hiddenSize, numHeads, numKvHeads, qkvBias, qkNorm, windowSize, ropeTheta } = options;
  const { forgetGate, outputGate } = options;
  const { varlen, state, wantState } = context;
  const project = (name: string): T =>
    linear(ops, x, weights(`${name}_proj.weight`), qkvBias ? weights(`${name}_proj.bias`) : undefined);
  const normed = (name: "q" | "k", heads: number): T => {
    const y = project(name);
    if (!qkNorm) return splitHeads(ops, y, heads);
    const norm = { kind: "rms", weight: weights(`${name}_norm.weight`), eps: qkNormEps } as const;
    return qkNorm === "shared"
      ? ops.norm({ ...norm, x: splitHeads(ops, y, heads) })
      : splitHeads(ops, ops.norm({ ...norm, x: y, groupSize: hiddenSize / numHeads }), heads);
  };
  const rotate = ropeTheta ? rotaryOf(ops, context, hiddenSize / numHeads, ropeTheta) : (y: T) => y;

  const q = rotate(normed("q", numHeads));
  const added = {
    k: rotate(normed("k", numKvHeads)),
    v: splitHeads(ops, project("v"), numKvHeads),
    ...(forgetGate && { g: logGates(ops, weights, x) }),
  };
  const cache = append(ops, state, added, varlen);
  const o = mergeHeads(
    ops,
    ops.attention({ q, ...cache.tensors, window: windowSize, varlen, keyVarlen: cache.varlen }),
  );
  const gated = outputGate
    ? ops.binary({ kind: "sigmoidMul", a: linear(ops, x, weights("g_proj.weight")), b: o })
    : o;
  return {
    o: linear(ops, gated, weights("o_proj.weight")),
    state: wantState ? keep(ops, cache, windowSize) : undefined,
  };
}

/** log sigmoid(W_f x + b), [T, heads] f32: they are summed over whole documents. */
function logGates<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T): T {
  const [b, bias] = [weights("f_proj.weight"), weights("f_proj.bias")];
  return ops.unary({
    kind: "logSigmoid",
    x: ops.matmul({ a: x, b, transposeB: true, bias, dtype: "f32" }),
  });
}

/** Keys, values and what belongs to them, a row a token. */
interface Rows<T> {
  readonly k: T; // [TK, H, K]
  readonly v: T; // [TK, H, V]
  readonly g?: T; // [TK, HQ]
}

interface Cache<T> {
  readonly tensors: Rows<T>;
  readonly varlen: Varlen;
}

const mapRows = <T>({ k, v, g }: Rows<T>, map: (x: T, name: string) => T): Rows<T> => ({
  k: map(k, "k"),
  v: map(v, "v"),
  ...(g && { g: map(g, "g") }),
});

function append<T extends Tensor>(
  ops: Ops<T>,
  state: LayerState<T> | undefined,
  added: Rows<T>,
  varlen: Varlen,
): Cache<T> {
  if (!state) return { tensors: added, varlen };
  const choice = appendRows(fromLengths(state.rows), varlen);
  const join = (x: T, name: string): T =>
    pick(ops, ops.concat({ xs: [state.tensors[name]!, x], axis: 0 }), choice);
  return { tensors: mapRows(added, join), varlen: choice.rows };
}

/** The keys that the next token may see. */
function keep<T extends Tensor>(ops: Ops<T>, { tensors, varlen }: Cache<T>, window: number): LayerState<T> {
  const choice = lastRows(varlen, window ? window - 1 : varlen.maxLength);
  return {
    tensors: { ...mapRows(tensors, (x) => pick(ops, x, choice)) },
    rows: choice.rows.lengths,
  };
}
