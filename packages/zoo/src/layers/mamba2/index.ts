export { type Mamba2Options, mamba2 } from "./layer";
