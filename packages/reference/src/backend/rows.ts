import { elements, type HostArray, type Shape } from "@webfla/ops";
import { floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

/** Elements before the axis, along it and after it. */
export const around = (shape: Shape, axis: number): [number, number, number] => [
  elements(shape.slice(0, axis)),
  shape[axis]!,
  elements(shape.slice(axis + 1)),
];

export const rows = (memory: Memory): Verbs<"gather" | "scatterAdd" | "transpose" | "slice" | "concat"> => ({
  gather: ({ x, index, shape }) =>
    memory.make<HostArray>(shape, x.dtype, (o) => {
      const [, count, width] = around(x.shape, 0);
      for (let m = 0; m < index.data.length; m++) {
        const from = index.data[m]!;
        if (from < 0 || from >= count) o.fill(0, m * width, (m + 1) * width);
        else o.set(x.data.subarray(from * width, (from + 1) * width), m * width);
      }
    }),

  scatterAdd: ({ rows, index, count, shape }) =>
    memory.make(shape, rows.dtype, (o) => {
      const [, , width] = around(shape, 0);
      const x = floats(rows);
      o.fill(0);
      for (let m = 0; m < index.data.length; m++) {
        const to = index.data[m]!;
        if (to < 0 || to >= count) continue;
        for (let i = 0; i < width; i++) o[to * width + i]! += x[m * width + i]!;
      }
    }),

  transpose: ({ x }) => {
    const [R, C] = x.shape.slice(-2) as [number, number];
    return memory.make<HostArray>([...x.shape.slice(0, -2), C, R], x.dtype, (o) => {
      for (let from = 0; from < o.length; from += R * C)
        for (let r = 0; r < R; r++)
          for (let c = 0; c < C; c++) o[from + c * R + r] = x.data[from + r * C + c]!;
    });
  },

  slice: ({ x, axis, start, end, shape }) =>
    memory.make<HostArray>(shape, x.dtype, (o) => {
      const [outer, size, inner] = around(x.shape, axis);
      const width = (end - start) * inner;
      for (let i = 0; i < outer; i++) {
        const from = (i * size + start) * inner;
        o.set(x.data.subarray(from, from + width), i * width);
      }
    }),

  concat: ({ xs, axis, shape }) =>
    memory.make<HostArray>(shape, xs[0]!.dtype, (o) => {
      const [outer, size, inner] = around(shape, axis);
      let at = 0;
      for (const x of xs) {
        const width = x.shape[axis]! * inner;
        for (let i = 0; i < outer; i++)
          o.set(x.data.subarray(i * width, (i + 1) * width), i * size * inner + at);
        at += width;
      }
    }),
});
