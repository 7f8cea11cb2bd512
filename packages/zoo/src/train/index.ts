export { disposeAll, type Gradients } from "./gradients";
export { countTargets, type HeadOptions } from "./head";
export { type LossOptions, type LossResult, labelsOf, lossAndGradients, type TrainBatch } from "./loss";
