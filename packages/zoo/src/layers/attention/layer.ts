import type { Ops, Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
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
  /** Keys that a token sees, itself among them; 0 for all. */
  readonly windowSize: number;
  readonly ropeTheta: number;
}

/** Causal softmax attention with rotary positions, grouped keys and a sliding window. FLA: fla.layers.Attention. */
export function attention(options: AttentionOptions): Layer {
  const { hiddenSize, numHeads, numKvHeads, qkvBias } = options;
  const kv = (hiddenSize / numHeads) * numKvHeads;
  return {
    parameters: {
      "q_proj.weight": [hiddenSize, hiddenSize],
      "k_proj.weight": [kv, hiddenSize],
      "v_proj.weight": [kv, hiddenSize],
      ...(qkvBias && { "q_proj.bias": [hiddenSize], "k_proj.bias": [kv], "v_proj.bias": [kv] }),
      "o_proj.weight": [hiddenSize, hiddenSize],
    },
    forward: (ops, weights, x, context) => forward(options, ops, weights, x, context),
  };
}

function forward<T extends Tensor>(
  { hiddenSize, numHeads, numKvHeads, qkvBias, windowSize, ropeTheta }: AttentionOptions,
  ops: Ops<T>,
  weights: Weights<T>,
  x: T,
  { varlen, positions, state, wantState }: LayerContext<T>,
): LayerResult<T> {
  const project = (name: string, heads: number): T => {
    const bias = qkvBias ? weights(`${name}_proj.bias`) : undefined;
    return splitHeads(ops, linear(ops, x, weights(`${name}_proj.weight`), bias), heads);
  };
  const table = positions.rotary(hiddenSize / numHeads, ropeTheta);
  const shape = [varlen.totalTokens, hiddenSize / numHeads / 2];
  const cos = ops.tensor(table.cos, shape);
  const sin = ops.tensor(table.sin, shape);
  const rotate = (y: T): T => ops.rotary({ x: y, cos, sin, offsets: table.offsets, varlen });

  const q = rotate(project("q", numHeads));
  const cache = append(
    ops,
    state,
    { k: rotate(project("k", numKvHeads)), v: project("v", numKvHeads) },
    varlen,
  );
  const o = ops.attention({ q, ...cache.tensors, window: windowSize, varlen, keyVarlen: cache.varlen });
  return {
    o: linear(ops, mergeHeads(ops, o), weights("o_proj.weight")),
    state: wantState ? keep(ops, cache, windowSize) : undefined,
  };
}

interface Cache<T> {
  readonly tensors: { readonly k: T; readonly v: T }; // [TK, H, K]
  readonly varlen: Varlen;
}

function append<T extends Tensor>(
  ops: Ops<T>,
  state: LayerState<T> | undefined,
  tensors: Cache<T>["tensors"],
  varlen: Varlen,
): Cache<T> {
  if (!state) return { tensors, varlen };
  const choice = appendRows(fromLengths(state.rows), varlen);
  const join = (name: "k" | "v"): T =>
    pick(ops, ops.concat({ xs: [state.tensors[name]!, tensors[name]], axis: 0 }), choice);
  return { tensors: { k: join("k"), v: join("v") }, varlen: choice.rows };
}

/** The keys that the next token may see. */
function keep<T extends Tensor>(ops: Ops<T>, { tensors, varlen }: Cache<T>, window: number): LayerState<T> {
  const choice = lastRows(varlen, window ? window - 1 : varlen.maxLength);
  return {
    tensors: { k: pick(ops, tensors.k, choice), v: pick(ops, tensors.v, choice) },
    rows: choice.rows.lengths,
  };
}
