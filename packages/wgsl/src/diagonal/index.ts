export { bonus } from "./bonus";
export type { ChunkList, Frame } from "./frame";
export { sumGates } from "./gates";
export { chunkOutputs } from "./output";
export { pairsSlot } from "./pairs";
export { chunkStates } from "./state";
