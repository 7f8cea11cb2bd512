import type { Ops, Tensor } from "@webfla/ops";
import { linear, type ParameterTable, type Weights } from "../layers/layer";

export interface LowRankOptions {
  /** Prefix of the parameters. */
  readonly name: string;
  readonly from: number; // channels
  readonly to: number; // channels
  readonly rank: number;
  /** Between the two matrices. */
  readonly activation?: "tanh" | "sigmoid" | undefined;
  readonly bias: boolean;
}

export interface LowRank {
  readonly parameters: ParameterTable;
  /** [T, from] to [T, to] f32: what it makes are gates. */
  forward<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T): T;
}

/** B act(A x) (+ b), A of few rows. FLA: fla.layers.rwkv6.LoRA. */
export function lowRank({ name, from, to, rank, activation, bias }: LowRankOptions): LowRank {
  const [down, up, shift] = [0, 2, 2].map((i) => `${name}.lora.${i}`) as [string, string, string];
  return {
    parameters: {
      [`${down}.weight`]: [rank, from],
      [`${up}.weight`]: [to, rank],
      ...(bias && { [`${shift}.bias`]: [to] }),
    },
    forward(ops, weights, x) {
      const inner = linear(ops, x, weights(`${down}.weight`));
      return ops.matmul({
        a: activation ? ops.unary({ kind: activation, x: inner }) : inner,
        b: weights(`${up}.weight`),
        transposeB: true,
        bias: bias ? weights(`${shift}.bias`) : undefined,
        dtype: "f32",
      });
    },
  };
}
