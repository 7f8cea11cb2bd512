import { floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

/** Feature orders: taylor 1, √s x_i, then the pairs; square the pairs i < j, then the squares. */
export const featureMap = (memory: Memory): Verbs<"featureMap"> => ({
  featureMap: ({ kind, x, scale, shape }) =>
    memory.make(shape, x.dtype, (o) => {
      const data = floats(x);
      const D = x.shape.at(-1)!;
      const [cross, square] = kind === "taylor" ? [scale, scale * Math.SQRT1_2] : [scale * Math.SQRT2, scale];
      let at = 0;
      for (let from = 0; from < data.length; from += D) {
        if (kind === "taylor") {
          o[at++] = 1;
          for (let i = 0; i < D; i++) o[at++] = Math.sqrt(scale) * data[from + i]!;
        }
        for (let i = 0; i < D; i++)
          for (let j = i + 1; j < D; j++) o[at++] = cross * data[from + i]! * data[from + j]!;
        for (let i = 0; i < D; i++) o[at++] = square * data[from + i]! ** 2;
      }
    }),
});
