export { type AccumulatedResult, accumulateGradients } from "./accumulate";
export { averageOf, updateAverage } from "./average";
export { clipFactor, gradientNorm } from "./clip";
export { disposeAll, type Gradients } from "./gradients";
export { countTargets, type HeadOptions } from "./head";
export { type InitialOptions, initialModel } from "./initial/initial-model";
export { type LossOptions, type LossResult, labelsOf, lossAndGradients, type TrainBatch } from "./loss";
export { LossScale, type LossScaleOptions } from "./loss-scale";
export { decays, Optimizer, type OptimizerOptions, type StepArgs } from "./optimizer";
export { type Schedule, type ScheduleOptions, schedule } from "./schedule";
export {
  type StepMetrics,
  Trainer,
  type TrainerCounters,
  type TrainerOptions,
  type TrainStep,
} from "./trainer";
