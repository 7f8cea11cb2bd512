export { answerBack, solveBack, strengthBack } from "./grad";
export { answerChunks } from "./state";
export { type Solution, solveChunks } from "./system";
