export { Engine, type EngineOptions, type EngineStats } from "./engine";
export { BusyError } from "./errors";
export type { Prompt } from "./feed";
export { type Finish, Generation, type GenerationResult, type Piece } from "./generation";
export type { GenerationRequest } from "./request";
export { loadSnapshot, Snapshot } from "./snapshot";
