export type { FeatureMapName } from "../../modules/feature-map";
export type { Layer, LayerContext, LayerResult, LayerState, ParameterTable, Weights } from "../layer";
export { type Positions, positionsOf } from "../positions";
export { type LinearAttentionOptions, linearAttention } from "./layer";
