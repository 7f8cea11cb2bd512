import type { Ops, Tensor } from "@webfla/ops";
import { linearAttn, linearAttnNormalized } from "@webfla/ops/fla";
import { type FeatureMapName, featureMap } from "../../modules/feature-map";
import { type GroupedHeads, groupedProjection, splitGroups, spreadGroups } from "../../modules/grouped-heads";
import { headOutput } from "../../modules/head-output";
import { below, type Layer, type LayerContext, prefixed, recurrentState } from "../layer";

export interface LinearAttentionOptions extends GroupedHeads {
  readonly featureMap: FeatureMapName;
  /** Whether queries and keys have one feature map. */
  readonly tieFeatureMap: boolean;
  /** Divide the features of a query, a key, by their sum. */
  readonly normQ: boolean;
  readonly normK: boolean;
  /** Divide what a query reads by the sum of its weights. */
  readonly normalize: boolean;
}

const sumEps = 1e-4;

/** Linear attention (Katharopoulos et al. 2020, arXiv:2006.16236). FLA: fla.layers.LinearAttention. */
export function linearAttention(options: LinearAttentionOptions): Layer {
  const { numHeads, headDim, featureMap: name, tieFeatureMap, normQ, normK, normalize } = options;
  const projection = groupedProjection(options, 0);
  const output = headOutput({ ...options, numValueHeads: numHeads, normName: "norm", gate: "none" });
  const map = featureMap(name, headDim);
  const at = { q: tieFeatureMap ? "feature_map_k" : "feature_map_q", k: "feature_map_k" };
  const attend = normalize ? normalized : plain;
  return {
    parameters: {
      ...projection.parameters,
      ...prefixed(at.q, map.parameters),
      ...prefixed(at.k, map.parameters),
      ...output.parameters,
    },
    forward(ops, weights, x, context) {
      const { q, k, v } = splitGroups(ops, projection.forward(ops, weights, x, context).streams, options);
      const queries = map.forward(ops, below(weights, at.q), q);
      const keys = map.forward(ops, below(weights, at.k), k);
      const { o, tensors } = attend(ops, context, {
        q: normQ ? unitSum(ops, queries) : queries,
        k: spreadGroups(ops, normK ? unitSum(ops, keys) : keys, options),
        v: spreadGroups(ops, v, options),
      });
      return {
        o: output.forward(ops, weights, x, o),
        state: tensors && recurrentState(context.varlen, tensors),
      };
    },
  };
}

function unitSum<T extends Tensor>(ops: Ops<T>, x: T): T {
  const [T, H] = x.shape as [number, number, number];
  const sum = ops.affine({ x: ops.reduce({ kind: "sum", x }), shift: sumEps });
  return ops.binary({ kind: "div", a: x, b: ops.reshape(sum, [T, H, 1]) });
}

interface Heads<T> {
  readonly q: T; // [T, H, features]
  readonly k: T; // [T, H, features]
  readonly v: T; // [T, H, V]
}

interface Attended<T> {
  readonly o: T; // [T, H, V]
  readonly tensors: Readonly<Record<string, T>> | undefined;
}

function plain<T extends Tensor>(
  ops: Ops<T>,
  { varlen, state, wantState }: LayerContext<T>,
  heads: Heads<T>,
): Attended<T> {
  const initialState = state?.tensors["recurrent"];
  const { o, finalState } = linearAttn(ops, { ...heads, initialState, outputFinalState: wantState, varlen });
  return { o, tensors: finalState && { recurrent: finalState } };
}

function normalized<T extends Tensor>(
  ops: Ops<T>,
  { varlen, state, wantState }: LayerContext<T>,
  heads: Heads<T>,
): Attended<T> {
  const { o, finalState } = linearAttnNormalized(ops, {
    ...heads,
    initialState: state && ([state.tensors["recurrent"]!, state.tensors["normalizer"]!] as const),
    outputFinalState: wantState,
    varlen,
  });
  return { o, tensors: finalState && { recurrent: finalState[0], normalizer: finalState[1] } };
}
