import type { Backend } from "@webfla/ops";
import type { Kernels } from "../backend/kernels";
import type { CpuTensor, Memory } from "../backend/memory";
import { attention } from "./attention";
import { dense } from "./dense";
import { linearAttention } from "./linear-attention";
import { norm } from "./norm";
import { rwkv4 } from "./rwkv4";
import { scan } from "./scan";
import { sequence } from "./sequence";
import { unary } from "./unary";

/** Gradients of the verbs that are no compositions of others. */
export const backward = (memory: Memory, kernels: Kernels): Backend<CpuTensor>["backward"] => ({
  ...unary(memory),
  ...norm(memory),
  ...dense(memory),
  ...sequence(memory),
  ...attention(memory),
  ...linearAttention(memory, kernels),
  ...scan(memory),
  ...rwkv4(memory),
});
