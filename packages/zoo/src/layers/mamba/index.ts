export { type MambaOptions, mamba } from "./layer";
