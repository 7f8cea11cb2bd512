import type { UnaryArgs } from "@webfla/ops";

/** Between the matrices of an RWKV channel mixer. */
export type RwkvActivation = Extract<
  UnaryArgs<never>["kind"],
  "squaredRelu" | "relu" | "silu" | "sigmoid" | "logSigmoid"
>;
