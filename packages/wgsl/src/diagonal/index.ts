export { type BonusArgs, bonus } from "./bonus";
export { bonusBack } from "./bonus-grad";
export type { ChunkList, Frame } from "./frame";
export { gateGradient } from "./gate-grad";
export { sumGates } from "./gates";
export {
  addFromReads,
  fromEnds,
  type Gradient,
  gateSide,
  launchChunks,
  ofReads,
  products,
  type Reads,
  type Side,
  startGradient,
  type Writes,
} from "./grad";
export { chunkOutputs } from "./output";
export { pairsSlot } from "./pairs";
export { chunkStates } from "./state";
export { carryBack, toStarts } from "./state-grad";
