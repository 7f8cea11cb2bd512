export { carryInto, freshState, lastOf } from "./carry";
export { type EstimateOptions, estimateMemory, type TrainingMemory } from "./estimate";
export { DivergedError, Run, type RunOptions, type RunStep } from "./run";
export { openRun, type RunState, type SavedRun, saveRun } from "./saved-run";
