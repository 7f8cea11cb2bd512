import type { Ops, Tensor } from "@webfla/ops";
import { fromLengths, pack } from "@webfla/varlen";
import type { Model } from "@webfla/zoo";
import { disposeAll, lossAndGradients } from "@webfla/zoo/train";
import { relativeRmse } from "../golden/compare";
import type { StorageType } from "../golden/target";
import { tinyModel } from "../zoo";
import { runs } from "./runs";

/** What models of a kind can do, found by asking a tiny one. */
export interface ModelFeatures {
  readonly cpu: boolean;
  readonly cpuGradient: boolean;
  readonly webgpu: boolean;
  readonly webgpuGradient: boolean;
  readonly f16: boolean;
  /** Whether documents that are run in two parts get the logits that they get whole. */
  readonly parts: boolean;
}

const documents = [9, 0, 1, 14].map((length, n) =>
  Int32Array.from({ length }, (_, i) => (11 * n + 7 * i + 3) % 64),
);
const whole = pack(documents);
const firsts = documents.map((d) => d.subarray(0, d.length >> 1));
const seconds = documents.map((d) => d.subarray(d.length >> 1));

async function withModel<T extends Tensor>(
  ops: Ops<T>,
  name: string,
  dtype: StorageType,
  body: (model: Model<T>) => void | Promise<void>,
): Promise<boolean> {
  const model = await tinyModel(ops, name, { dtype });
  try {
    return await runs(() => body(model));
  } finally {
    model.dispose();
  }
}

/** Runs a batch with its state, and a token of each sequence behind it. */
function forward<T extends Tensor>(model: Model<T>): void {
  model.ops.scope(() => {
    const { state } = model.forward({ ...whole, wantState: true });
    const next = { tokens: Int32Array.from(documents, (_, n) => n), varlen: fromLengths([1, 1, 1, 1]) };
    model.forward({ ...next, state });
  });
}

function backward<T extends Tensor>(model: Model<T>): void {
  const { loss, gradients } = lossAndGradients(model, whole);
  loss.dispose();
  disposeAll(gradients);
}

async function inParts<T extends Tensor>(model: Model<T>): Promise<boolean> {
  const { ops } = model;
  const [want, got] = ops.scope(() => {
    const { state } = model.forward({ ...pack(firsts), wantState: true });
    const last = model.forward({ ...pack(seconds), state, rows: "last" }).logits;
    return [model.forward({ ...whole, rows: "last" }).logits, last] as const;
  });
  const error = relativeRmse(await ops.read(got), await ops.read(want));
  for (const x of [want, got]) x.dispose();
  return error < 1e-4;
}

/** Asks a tiny model on the CPU and on a WebGPU device. */
export async function probeModel<C extends Tensor, G extends Tensor>(
  name: string,
  cpu: Ops<C>,
  gpu: Ops<G>,
): Promise<ModelFeatures> {
  let parts = false;
  await withModel(cpu, name, "f32", async (model) => {
    parts = await inParts(model);
  });
  return {
    cpu: await withModel(cpu, name, "f32", forward),
    cpuGradient: await withModel(cpu, name, "f32", backward),
    webgpu: await withModel(gpu, name, "f32", forward),
    webgpuGradient: await withModel(gpu, name, "f32", backward),
    f16: await withModel(gpu, name, "f16", forward),
    parts,
  };
}
