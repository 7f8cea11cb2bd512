import type { Ops, Tensor } from "@webfla/ops";
import { fromLengths, pack } from "@webfla/varlen";
import { Engine, generate } from "@webfla/zoo";
import { initialModel, lossAndGradients, schedule, Trainer, type TrainerOptions } from "@webfla/zoo/train";
import { documents, takeAll, takeNumber } from "../../test/train/tools";
import type { StorageType } from "../golden";
import { tinyConfigs, tinyModel } from "../zoo";
import type { Row, Table } from "./row";

const docs = documents([40, 0, 1, 7, 90]);
const names = Object.keys(tinyConfigs);

/** Logits of packed documents, and of one more token of each. */
async function logits<T extends Tensor>(ops: Ops<T>, name: string, dtype: StorageType) {
  const model = await tinyModel(ops, name, { dtype });
  const { logits, state } = model.forward({ ...pack(docs), wantState: true });
  const tokens = Int32Array.from(docs, (_, n) => n + 1);
  const next = model.forward({ tokens, varlen: fromLengths(docs.map(() => 1)), state });
  const values = { prefill: await ops.read(logits), next: await ops.read(next.logits) };
  for (const x of [logits, next.logits, state!, model]) x.dispose();
  return values;
}

async function gradients<T extends Tensor>(ops: Ops<T>, name: string, dtype: StorageType) {
  const model = await tinyModel(ops, name, { dtype });
  const { loss, gradients: found } = lossAndGradients(model, pack(docs));
  const value = Float32Array.of(await takeNumber(ops, loss));
  // norms beside each other: what is nearly zero has no relative error
  const all = [...(await takeAll(ops, found))].sort(([a], [b]) => (a < b ? -1 : 1));
  model.dispose();
  return { loss: value, gradients: Float32Array.from(all.flatMap(([, x]) => Array.from(x))) };
}

/** Losses of six steps. */
async function losses<T extends Tensor>(ops: Ops<T>, options: Partial<TrainerOptions>) {
  const model = initialModel(ops, tinyConfigs["gated_deltanet"]!, { seed: 1 });
  const trainer = new Trainer(model, { schedule: schedule({ kind: "constant", lr: 0.01 }), ...options });
  const values: number[] = [];
  for (let step = 0; step < 6; step++)
    values.push((await trainer.step([pack(documents([70, 3, 11, 130], step % 2))]).read()).loss);
  trainer.dispose();
  model.dispose();
  return { losses: Float32Array.from(values) };
}

const requests = documents([5, 150, 1, 64, 65, 20, 31, 90], 9).map((prompt, i) => ({
  prompt,
  maxNewTokens: 4 + i,
  seed: i,
  temperature: i % 3 === 0 ? 0 : 0.8,
  topK: i % 2 === 0 ? 0 : 40,
}));
const tokensOf = (all: readonly (readonly number[])[]) => ({ tokens: Int32Array.from(all.flat()) });

/** Tokens of requests that the engine serves together. */
async function together<T extends Tensor>(ops: Ops<T>, name: string) {
  const model = await tinyModel(ops, name);
  const engine = new Engine(model, { maxSequences: 3, tokenBudget: 128 });
  const results = await Promise.all(requests.map((request) => engine.submit(request).result));
  await engine.close();
  model.dispose();
  return tokensOf(results.map(({ tokens }) => Array.from(tokens)));
}

/** … and of each with nobody beside it, on the same device. */
async function alone<T extends Tensor>(ops: Ops<T>, name: string) {
  const model = await tinyModel(ops, name);
  const all: number[][] = [];
  for (const { prompt, ...request } of requests) {
    const own: number[] = [];
    for await (const { token } of generate(model, { ...request, prompts: [prompt] })) own.push(token);
    all.push(own);
  }
  model.dispose();
  return tokensOf(all);
}

const exact = { f32: 0, f16: 0 };

const trained = (name: string, options: Partial<TrainerOptions>): Row => ({
  name,
  bounds: { f32: 1e-4, f16: 1e-4 },
  run: (ops) => losses(ops, options),
});

export const modelTables: readonly Table[] = [
  {
    name: "models",
    rows: names.map((name) => ({
      name,
      bounds: { f32: 1e-4, f16: 2e-2 },
      run: (ops, dtype) => logits(ops, name, dtype),
    })),
  },
  {
    name: "model-gradients",
    rows: names.map((name) => ({
      name,
      bounds: { f32: 1e-3, f16: 5e-2 },
      run: (ops, dtype) => gradients(ops, name, dtype),
    })),
  },
  {
    name: "engine",
    storages: ["f32"],
    rows: names.map((name) => ({
      name,
      bounds: exact,
      run: (ops) => together(ops, name),
      want: (ops) => alone(ops, name),
    })),
  },
  {
    name: "train",
    storages: ["f32"],
    rows: [
      trained("AdamW", {}),
      trained("AdamW, recomputed", { recompute: true }),
      trained("Muon", { kind: "muon" }),
    ],
  },
];
