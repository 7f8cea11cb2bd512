export type { Batch, Qkv, Recurrent } from "./batch";
export { deltaRule, gatedDeltaProduct, gatedDeltaRule, gatedOjaRule, gdn2, kda } from "./delta";
export {
  abc,
  based,
  gla,
  gsa,
  lightningAttn,
  linearAttn,
  linearAttnNormalized,
  mamba2,
  rebased,
  retention,
  rwkv6,
  simpleGla,
} from "./diagonal";
export { comba, dplrDeltaRule, iplrDeltaRule, rwkv7 } from "./low-rank";
export {
  attn,
  crossEntropy,
  hgrn,
  l2norm,
  mamba1,
  rmsnorm,
  rmsnormGated,
  rotary,
  rwkv4,
  shortConv,
  tokenShift,
} from "./modules";
export { type PreconditionedResult, precondGatedDeltaRule, precondKda } from "./preconditioned";
export { headSlopes, lightningSlopes } from "./slopes";
export { solveTril } from "./solve-tril";
