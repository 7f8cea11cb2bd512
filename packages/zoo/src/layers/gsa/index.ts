export type { Layer, LayerContext, LayerResult, LayerState, ParameterTable, Weights } from "../layer";
export { type Positions, positionsOf } from "../positions";
export { type GatedSlotAttentionOptions, gatedSlotAttention } from "./layer";
