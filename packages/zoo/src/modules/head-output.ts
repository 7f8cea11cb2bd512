import type { Ops, Tensor } from "@webfla/ops";
import { linear, mergeHeads, type ParameterTable, splitHeads, type Weights } from "../layers/layer";

/** How the output of the heads is gated: not, by one projection of x, or by two through a bottleneck of V channels. */
export type OutputGate = "none" | "silu" | "sigmoid" | "lowRankSigmoid";

export interface HeadOutputOptions {
  readonly hiddenSize: number;
  /** Value heads, HV. */
  readonly numValueHeads: number;
  /** Channels of a value, V. */
  readonly valueDim: number;
  readonly normEps: number;
  /** Of `<name>.weight`. Default "o_norm". */
  readonly normName?: string | undefined;
  readonly gate: OutputGate;
}

export interface HeadOutput {
  readonly parameters: ParameterTable;
  /** x [T, hidden] makes the gate, o [T, HV, V] is what the heads read; [T, hidden]. */
  forward<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T, o: T): T;
}

/** W_o (rms(o) · norm · act(gate(x))), each head normalised alone. FLA: FusedRMSNormGated and o_proj. */
export function headOutput({
  hiddenSize,
  numValueHeads,
  valueDim,
  normEps,
  normName = "o_norm",
  gate,
}: HeadOutputOptions): HeadOutput {
  const values = numValueHeads * valueDim;
  return {
    parameters: {
      ...gateParameters(gate, hiddenSize, valueDim, values),
      [`${normName}.weight`]: [valueDim],
      "o_proj.weight": [hiddenSize, values],
    },
    forward(ops, weights, x, o) {
      const g = gateOf(gate, ops, weights, x);
      const normed = ops.norm({
        kind: "rms",
        x: o,
        weight: weights(`${normName}.weight`),
        eps: normEps,
        gate: g && splitHeads(ops, g, numValueHeads),
        activation: gate === "silu" ? "silu" : "sigmoid",
      });
      return linear(ops, mergeHeads(ops, normed), weights("o_proj.weight"));
    },
  };
}

function gateParameters(gate: OutputGate, hiddenSize: number, rank: number, values: number): ParameterTable {
  switch (gate) {
    case "none":
      return {};
    case "silu":
    case "sigmoid":
      return { "g_proj.weight": [values, hiddenSize] };
    case "lowRankSigmoid":
      return {
        "g_proj.0.weight": [rank, hiddenSize],
        "g_proj.1.weight": [values, rank],
        "g_proj.1.bias": [values],
      };
    default:
      return gate satisfies never;
  }
}

/** [T, HV · V], before its activation. */
function gateOf<T extends Tensor>(gate: OutputGate, ops: Ops<T>, weights: Weights<T>, x: T): T | undefined {
  switch (gate) {
    case "none":
      return undefined;
    case "silu":
    case "sigmoid":
      return linear(ops, x, weights("g_proj.weight"));
    case "lowRankSigmoid": {
      const inner = linear(ops, x, weights("g_proj.0.weight"));
      return linear(ops, inner, weights("g_proj.1.weight"), weights("g_proj.1.bias"));
    }
    default:
      return gate satisfies never;
  }
}
