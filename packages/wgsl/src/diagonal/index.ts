export { type BonusArgs, bonus } from "./bonus";
export { bonusBack } from "./bonus-grad";
export { carry } from "./carry";
export { type ChunkList, type Frame, gateSide, keep, keepZeros, mostReads, type Side } from "./frame";
export { gateGradient } from "./gate-grad";
export { sumGates } from "./gates";
export {
  fromReads,
  ofReads,
  ofWrites,
  type Reads,
  type Stream,
  type Writes,
} from "./grad";
export { chunkOutputs } from "./output";
export { type PairsArgs, pairs } from "./pairs";
export { launchStage, type Stage } from "./stage";
export { chunkStates } from "./state";
export { toStarts } from "./state-grad";
