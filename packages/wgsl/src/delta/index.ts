export { type SolvedBack, solveBack, strengthBack } from "./grad";
export { answerBack, answerChunks } from "./state";
export { type Solution, solveChunks } from "./system";
