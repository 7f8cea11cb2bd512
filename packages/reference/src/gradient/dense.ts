import { floats, type Memory } from "../backend/memory";
import type { Backward } from "./backward";

export const dense = (memory: Memory): Backward<"crossEntropy" | "featureMap"> => ({
  crossEntropy: ({ args: { logits, targets, ignoreIndex, labelSmoothing, zLoss }, grad }) => ({
    logits: memory.make(logits.shape, "f32", (o) => {
      const [x, d] = [floats(logits), floats(grad)];
      const C = logits.shape[1]!;
      for (let t = 0; t < d.length; t++) {
        const [from, to] = [t * C, (t + 1) * C];
        const target = targets.data[t]!;
        if (target === ignoreIndex) {
          o.fill(0, from, to);
          continue;
        }
        let max = Number.NEGATIVE_INFINITY;
        for (let i = from; i < to; i++) max = Math.max(max, x[i]!);
        let sum = 0;
        for (let i = from; i < to; i++) sum += Math.exp(x[i]! - max);
        const weight = (1 + 2 * zLoss * (max + Math.log(sum))) / sum;
        for (let i = from; i < to; i++) {
          const wanted = labelSmoothing / C + (i - from === target ? 1 - labelSmoothing : 0);
          o[i] = d[t]! * (weight * Math.exp(x[i]! - max) - wanted);
        }
      }
    }),
  }),

  featureMap: ({ args: { kind, x, scale }, grad }) => ({
    x: memory.make(x.shape, "f32", (o) => {
      const [data, d] = [floats(x), floats(grad)];
      const D = x.shape.at(-1)!;
      const [cross, square] = kind === "taylor" ? [scale, scale * Math.SQRT1_2] : [scale * Math.SQRT2, scale];
      let at = 0;
      for (let from = 0; from < data.length; from += D) {
        // the constant feature leads nowhere
        if (kind === "taylor") at++;
        for (let i = 0; i < D; i++) o[from + i] = kind === "taylor" ? Math.sqrt(scale) * d[at++]! : 0;
        for (let i = 0; i < D; i++)
          for (let j = i + 1; j < D; j++, at++) {
            o[from + i]! += cross * d[at]! * data[from + j]!;
            o[from + j]! += cross * d[at]! * data[from + i]!;
          }
        for (let i = 0; i < D; i++) o[from + i]! += 2 * square * d[at++]! * data[from + i]!;
      }
    }),
  }),
});
