import type { Kernels } from "./kernels";
import { mapInPlace } from "./map";
import { floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

export const norm = (memory: Memory, kernels: Kernels): Verbs<"norm"> => ({
  norm: ({ kind, x, weight, bias, eps, groupSize, gate, activation, gateFirst }) =>
    memory.make(x.shape, x.dtype, (o) => {
      const D = x.shape.at(-1)!;
      const [data, scale, shift, gates] = [floats(x), weight?.data, bias?.data, gate && floats(gate).slice()];
      if (gates) mapInPlace(kernels, activation, gates);
      const row = new Float64Array(groupSize);
      const divisor = kind === "l2" ? 1 : groupSize;
      for (let from = 0; from < data.length; from += groupSize) {
        const first = from % D;
        let mean = 0;
        for (let i = 0; i < groupSize; i++) {
          row[i] = data[from + i]!;
          if (gates && gateFirst) row[i]! *= gates[from + i]!;
          mean += row[i]! / groupSize;
        }
        if (kind !== "layer") mean = 0;
        let squares = 0;
        for (let i = 0; i < groupSize; i++) squares += (row[i]! - mean) ** 2;
        const inverse = 1 / Math.sqrt(squares / divisor + eps);
        for (let i = 0; i < groupSize; i++) {
          const channel = first + i;
          let y = (row[i]! - mean) * inverse;
          if (scale) y *= scale[channel]!;
          if (shift) y += shift[channel]!;
          if (gates && !gateFirst) y *= gates[from + i]!;
          o[from + i] = y;
        }
      }
    }),
});
