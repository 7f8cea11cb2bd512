export { type AccumulatedResult, accumulateGradients } from "./accumulate";
export { averageOf, updateAverage } from "./average";
export { clipFactor, gradientNorm } from "./clip";
export {
  type BatchOptions,
  type Corpus,
  type DataPosition,
  type DocumentSource,
  excerpts,
  type PackedBatch,
  packedBatches,
  prefetch,
  type TextFormat,
  textDocuments,
} from "./data";
export { disposeAll, type Gradients } from "./gradients";
export { countTargets, type HeadOptions } from "./head";
export { type InitialOptions, initialModel } from "./initial/initial-model";
export { type LossOptions, type LossResult, labelsOf, lossAndGradients, type TrainBatch } from "./loss";
export { LossScale, type LossScaleOptions } from "./loss-scale";
export { decays, Optimizer, type OptimizerOptions, type StepArgs } from "./optimizer";
export {
  DivergedError,
  type EstimateOptions,
  estimateMemory,
  openRun,
  Run,
  type RunOptions,
  type RunState,
  type RunStep,
  type SavedRun,
  saveRun,
  type TrainingMemory,
} from "./run";
export { type Schedule, type ScheduleOptions, schedule } from "./schedule";
export {
  type StepMetrics,
  Trainer,
  type TrainerCounters,
  type TrainerOptions,
  type TrainStep,
} from "./trainer";
