export { createTape, type Root, type Tape } from "./tape";
export { Variable } from "./variable";
