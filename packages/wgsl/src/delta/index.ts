export { answerChunks } from "./state";
export { type Solution, solveChunks } from "./system";
