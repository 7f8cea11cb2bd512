import { floats, type Memory } from "./memory";
import { around } from "./rows";
import type { Args, Verbs } from "./verbs";

/** Σ exp(x − max) and the max of x[from..to). */
function expSum(x: Float32Array, from: number, to: number): { max: number; sum: number } {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) max = Math.max(max, x[i]!);
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp(x[i]! - max);
  return { max, sum };
}

const joins: Readonly<
  Record<Args<"reduce">["kind"], readonly [join: (a: number, b: number) => number, start: number]>
> = {
  sum: [(a, b) => a + b, 0],
  sumSquares: [(a, b) => a + b * b, 0],
  max: [Math.max, Number.NEGATIVE_INFINITY],
};

export const reduce = (memory: Memory): Verbs<"reduce" | "softmax" | "argmax" | "crossEntropy"> => ({
  reduce: ({ kind, x, axis, shape }) =>
    memory.make(shape, x.dtype, (o) => {
      const data = floats(x);
      const [outer, size, inner] = around(x.shape, axis);
      const [join, start] = joins[kind];
      for (let i = 0; i < outer; i++)
        for (let j = 0; j < inner; j++) {
          let total = start;
          for (let s = 0; s < size; s++) total = join(total, data[(i * size + s) * inner + j]!);
          o[i * inner + j] = total;
        }
    }),

  softmax: ({ x }) =>
    memory.make(x.shape, x.dtype, (o) => {
      const data = floats(x);
      const width = x.shape.at(-1)!;
      for (let from = 0; from < o.length; from += width) {
        const { max, sum } = expSum(data, from, from + width);
        for (let i = from; i < from + width; i++) o[i] = Math.exp(data[i]! - max) / sum;
      }
    }),

  argmax: ({ x }) =>
    memory.make<Int32Array>(x.shape.slice(0, -1), "i32", (o) => {
      const data = floats(x);
      const width = x.shape.at(-1)!;
      for (let r = 0; r < o.length; r++) {
        let best = 0;
        for (let i = 1; i < width; i++) if (data[r * width + i]! > data[r * width + best]!) best = i;
        o[r] = best;
      }
    }),

  crossEntropy: ({ logits, targets, ignoreIndex, labelSmoothing, zLoss }) =>
    memory.make(targets.shape, logits.dtype, (o) => {
      const data = floats(logits);
      const C = logits.shape[1]!;
      for (let t = 0; t < o.length; t++) {
        const target = targets.data[t]!;
        o[t] = 0;
        if (target === ignoreIndex) continue;
        const { max, sum } = expSum(data, t * C, (t + 1) * C);
        let mean = 0;
        if (labelSmoothing > 0) for (let c = 0; c < C; c++) mean += data[t * C + c]! / C;
        const seen = (1 - labelSmoothing) * data[t * C + target]! + labelSmoothing * mean;
        const logSum = max + Math.log(sum);
        o[t] = logSum - seen + zLoss * logSum ** 2;
      }
    }),
});
