export { type Solution, solveChunks } from "./system";
