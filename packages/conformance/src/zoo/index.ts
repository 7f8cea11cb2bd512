export { tinyConfigs } from "./tiny-configs";
export { tinyCheckpoint, tinyModel } from "./tiny-model";
