import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  type CodedDType,
  readSafetensors,
  type TensorData,
  type TensorStore,
  writeSafetensors,
} from "@webfla/zoo/safetensors";
import { expect, it } from "vitest";
import { checkpoints } from "./checkpoints";

async function contents(store: TensorStore): Promise<Map<string, TensorData>> {
  const tensors = new Map<string, TensorData>();
  for (const [name, { dtype, shape }] of store.tensors)
    tensors.set(name, { dtype: dtype as CodedDType, shape, data: await store.read(name) });
  return tensors;
}

const files = checkpoints.flatMap((name) =>
  ["model", "expected"].map((file) => `${name}/${file}.safetensors`),
);

it.each(files)("%s, read and written again, has the bytes that the Python library wrote", async (file) => {
  const bytes = await readFile(fileURLToPath(new URL(`../../fixtures/${file}`, import.meta.url)));
  const store = await readSafetensors(bytes);
  const again = writeSafetensors(await contents(store), store.metadata);
  expect(Buffer.compare(bytes, again)).toBe(0);
});
