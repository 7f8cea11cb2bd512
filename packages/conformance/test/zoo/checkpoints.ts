import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Ops, Tensor } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { loadModel, type Model } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import { readSafetensors } from "@webfla/zoo/safetensors";

/** Checkpoints of FLA with what FLA computes from them, as paths below fixtures/. */
export const checkpoints = [
  "models/gated_deltanet",
  "models/hybrid_gated_deltanet",
  "checkpoints/gdn-byte",
] as const;

const path = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}/`, import.meta.url));

/** Loads a fixture, on a fresh CPU backend unless another is given. */
export async function load(name: string, dtype?: "f32" | "f16"): Promise<Model<CpuTensor>> {
  return loadOn(createCpu(), name, dtype);
}

export async function loadOn<T extends Tensor>(
  ops: Ops<T>,
  name: string,
  dtype?: "f32" | "f16",
): Promise<Model<T>> {
  const directory = await openDirectory(path(name));
  try {
    return await loadModel(ops, { ...directory, dtype });
  } finally {
    await directory.close();
  }
}

/** FLA's inputs and results. */
export async function expected(name: string) {
  const store = await readSafetensors(await readFile(`${path(name)}expected.safetensors`));
  const floats = async (tensor: string) => (await store.read(tensor)) as Float32Array;
  const ints = async (tensor: string) => (await store.read(tensor)) as Int32Array;
  return {
    metadata: store.metadata,
    tokens: await ints("input_ids"),
    cuSeqlens: await ints("cu_seqlens"),
    logits: await floats(store.tensors.has("logits_ieee") ? "logits_ieee" : "logits"),
    loss: (await floats("loss"))[0]!,
    prompt: await ints("prompt"),
    generated: await ints("generated"),
  };
}

/** |x − y| / |y|, root mean squares. */
export function relativeError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    difference += (x[i]! - y[i]!) ** 2;
    size += y[i]! ** 2;
  }
  return x.length === y.length ? Math.sqrt(difference / size) : Number.NaN;
}
