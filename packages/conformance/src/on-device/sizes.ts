import { fromLengths } from "@webfla/varlen";
import { constant, expectedConstant, gated } from "../../test/far-sizes";
import type { Row, Table } from "./row";

const [T, decay] = [1_000_000, -1e-5];

const million: Row = {
  name: "a million tokens in one sequence",
  bounds: { f32: 1e-3, f16: 1e-3 },
  run: async (ops) => {
    const o = constant(ops, T, decay);
    const values = await ops.read(o);
    o.dispose();
    return { o: values };
  },
  want: async () => ({ o: new Float32Array(4).fill(expectedConstant(T, decay)) }),
};

const gatedOf = (name: string, lengths: readonly number[], H: number): Row => ({
  name: `${name}: o and gradients`,
  bounds: { f32: 1e-4, f16: 1e-4 },
  run: async (ops) => {
    const values = await gated(ops, fromLengths(lengths), H);
    return Object.fromEntries(values.map((x, i) => [`result ${i}`, x]));
  },
});

/** Batches at the far ends, which software adapters are too slow for. */
export const sizeTable: Table = {
  name: "sizes",
  storages: ["f32"],
  rows: [
    million,
    gatedOf("100,000 tokens in one sequence", [100_000], 1),
    gatedOf("2,000 one-token documents of 32 heads", new Array<number>(2000).fill(1), 32),
    gatedOf("70,000 documents", new Array<number>(70_000).fill(1), 1),
  ],
};
