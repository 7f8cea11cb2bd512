import type { Ops, Tensor } from "@webfla/ops";
import { sigmoidGate } from "../../modules/gates";
import { headOutput } from "../../modules/head-output";
import { shortConvProjection } from "../../modules/short-conv-projection";
import { type Layer, recurrentState, splitHeads } from "../layer";

export interface DeltaNetOptions {
  readonly hiddenSize: number;
  readonly numHeads: number;
  /** Channels of a key, K. */
  readonly headDim: number;
  /** Channels of a value, V. */
  readonly valueDim: number;
  /** A learned strength of each write; otherwise it is 1. */
  readonly useBeta: boolean;
  readonly useGate: boolean;
  /** Width of the short convolutions; 0 for none. */
  readonly convSize: number;
  /** beta in (0, 2) instead of (0, 1), so that an erase can reflect. */
  readonly allowNegEigval: boolean;
  /** Of queries and keys; elu is elu(x) + 1. */
  readonly qkActivation: "silu" | "relu" | "elu" | "identity";
  /** Length 1, or sum 1. */
  readonly qkNorm: "l2" | "sum";
  readonly normEps: number;
}

/** DeltaNet (Yang et al. 2024, arXiv:2406.06484). FLA: fla.layers.DeltaNet. */
export function deltaNet(options: DeltaNetOptions): Layer {
  const { hiddenSize, numHeads, headDim, valueDim, useBeta, useGate, convSize, qkActivation } = options;
  const keys = {
    channels: numHeads * headDim,
    activation: qkActivation === "silu" ? qkActivation : undefined,
  };
  const values = { channels: numHeads * valueDim, activation: "silu" } as const;
  const projection = shortConvProjection({ hiddenSize, convSize, streams: { q: keys, k: keys, v: values } });
  const output = headOutput({ ...options, numValueHeads: numHeads, gate: useGate ? "silu" : "none" });
  return {
    parameters: {
      ...projection.parameters,
      ...(useBeta && { "b_proj.weight": [numHeads, hiddenSize] }),
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { varlen, state, wantState } = context;
      const { streams, tensors } = projection.forward(ops, weights, x, context);
      const { o, finalState } = ops.linearAttention({
        q: keyFeatures(ops, splitHeads(ops, streams.q, numHeads), options),
        k: keyFeatures(ops, splitHeads(ops, streams.k, numHeads), options),
        v: splitHeads(ops, streams.v, numHeads),
        erase: {
          kind: "delta",
          beta: strength(options, ops, x, useBeta ? weights("b_proj.weight") : undefined),
        },
        qkL2Norm: options.qkNorm === "l2",
        initialState: state?.tensors["recurrent"],
        outputFinalState: wantState,
        varlen,
      });
      return {
        o: output.forward(ops, weights, x, o),
        state: finalState && recurrentState(varlen, { recurrent: finalState, ...tensors }),
      };
    },
  };
}

/** [T, H] f32 */
function strength<T extends Tensor>(
  { numHeads, allowNegEigval }: DeltaNetOptions,
  ops: Ops<T>,
  x: T,
  weight: T | undefined,
): T {
  return weight
    ? sigmoidGate(ops, x, weight, allowNegEigval)
    : ops.full(allowNegEigval ? 2 : 1, [x.shape[0]!, numHeads]);
}

/** Queries or keys [T, H, K] after what the convolution has not done to them yet. */
function keyFeatures<T extends Tensor>(ops: Ops<T>, x: T, { qkActivation, qkNorm }: DeltaNetOptions): T {
  const y = activate(ops, x, qkActivation);
  if (qkNorm === "l2") return y;
  const [T, H] = y.shape as [number, number];
  return ops.binary({ kind: "div", a: y, b: ops.reshape(ops.reduce({ kind: "sum", x: y }), [T, H, 1]) });
}

function activate<T extends Tensor>(ops: Ops<T>, x: T, kind: DeltaNetOptions["qkActivation"]): T {
  switch (kind) {
    case "silu":
    case "identity":
      return x;
    case "relu":
      return ops.unary({ kind: "relu", x });
    case "elu":
      return ops.affine({ x: ops.unary({ kind: "elu", x }), shift: 1 });
    default:
      return kind satisfies never;
  }
}
