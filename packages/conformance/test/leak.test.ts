// Changing one document changes no other document's logits: by no bit on the CPU, by rounding on a GPU.
import { fileURLToPath } from "node:url";
import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { pack } from "@webfla/varlen";
import { createWebGpu } from "@webfla/wgsl";
import { loadModel, type Model } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { relativeRmse } from "../src/golden";

const directory = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** A document of pseudo-random bytes. */
const document = (length: number, seed: number): Int32Array =>
  Int32Array.from({ length }, (_, i) => Math.imul(i + 1 + 7919 * seed, 2654435761) >>> 24);

/** Around chunks and convolutions: empty, one token, shorter than a filter, about a chunk, several chunks. */
const lengths = [65, 0, 1, 3, 130, 63];
const documents = lengths.map(document);

async function logitsOf<T extends Tensor>(
  model: Model<T>,
  batch: readonly Int32Array[],
): Promise<readonly Float32Array[]> {
  const { tokens, varlen } = pack(batch);
  const { logits } = model.forward({ tokens, varlen });
  const values = (await model.ops.read(logits)) as Float32Array;
  logits.dispose();
  const V = logits.shape[1]!;
  return batch.map((_, n) => values.slice(varlen.cuSeqlens[n]! * V, varlen.cuSeqlens[n + 1]! * V));
}

/** Every way to change document n: other bytes, more of them, none. */
const changes = (n: number): readonly Int32Array[] => [
  document(lengths[n]!, 99),
  document(lengths[n]! + 31, 99),
  new Int32Array(0),
];

function keepsApart<T extends Tensor>(
  checkpoint: string,
  open: () => Promise<Ops<T>>,
  same: (x: Float32Array, reference: Float32Array) => void,
): void {
  let ops: Ops<T>;
  let model: Model<T>;
  let together: readonly Float32Array[];
  beforeAll(async () => {
    ops = await open();
    const files = await openDirectory(directory(checkpoint));
    model = await loadModel(ops, files);
    await files.close();
    together = await logitsOf(model, documents);
  });
  afterAll(() => ops.dispose());

  it.each(lengths.map((length, n) => ({ n, length })))(
    "document $n, of $length tokens, changes",
    async ({ n }) => {
      for (const changed of changes(n)) {
        const after = await logitsOf(model, documents.with(n, changed));
        for (const [i, reference] of together.entries()) if (i !== n) same(after[i]!, reference);
      }
    },
  );

  it("each document alone has the logits that it has among the others", async () => {
    for (const [n, alone] of documents.entries())
      if (alone.length > 0) same((await logitsOf(model, [alone]))[0]!, together[n]!);
  });

  it("the changed document does change", async () => {
    const [after] = await logitsOf(model, documents.with(0, changes(0)[0]!));
    expect(relativeRmse(after!, together[0]!)).toBeGreaterThan(0.1);
  });
}

const bits = (x: Float32Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
const sameBits = (x: Float32Array, reference: Float32Array): void =>
  expect(bits(x).equals(bits(reference))).toBe(true);
const sameButRounding = (x: Float32Array, reference: Float32Array): void => {
  expect(x).toHaveLength(reference.length);
  if (x.length > 0) expect(relativeRmse(x, reference)).toBeLessThan(1e-5);
};

describe("cpu", () => {
  for (const checkpoint of ["models/gated_deltanet", "models/hybrid_gated_deltanet", "checkpoints/gdn-byte"])
    describe(checkpoint, () => keepsApart(checkpoint, async () => createCpu(), sameBits));
});

forEachAdapter(({ open }) => {
  for (const checkpoint of ["models/gated_deltanet", "models/hybrid_gated_deltanet"])
    describe(checkpoint, () =>
      keepsApart(checkpoint, async () => createWebGpu({ adapter: await open() }), sameButRounding),
    );
});
