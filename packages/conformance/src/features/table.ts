import { readFile } from "node:fs/promises";
import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import { modelTypes } from "@webfla/zoo";
import { readSafetensors } from "@webfla/zoo/safetensors";
import { nullDevice } from "../adapters/open";
import { camelCase, functions } from "../golden/names";
import { subjects } from "../golden/walk";
import { absent } from "./absent";
import { type ModelFeatures, probeModel } from "./models";
import { type Features, nothing, probe } from "./probe";
import type { Verified } from "./verified";

type Columns<F> = readonly (readonly [string, keyof F])[];

const columns: Columns<Features> = [
  ["CPU", "cpu"],
  ["CPU gradient", "cpuGradient"],
  ["WebGPU", "webgpu"],
  ["WebGPU gradient", "webgpuGradient"],
  ["f16 storage", "f16"],
  ["initial state", "initialState"],
  ["grouped value heads", "groupedHeads"],
  ["ragged batch", "ragged"],
];

const modelColumns: Columns<ModelFeatures> = [
  ["CPU", "cpu"],
  ["CPU gradient", "cpuGradient"],
  ["WebGPU", "webgpu"],
  ["WebGPU gradient", "webgpuGradient"],
  ["f16 storage", "f16"],
  ["prefill in parts", "parts"],
];

const preface = `# What is supported

Written by \`pnpm features\`, which calls the code; a test holds this file to what it writes.

## Functions

Every function of [\`@webfla/ops/fla\`](packages/ops/src/named), called with the arguments of FLA's golden file of that operator, on the CPU
and on a WebGPU device that compiles and executes nothing: a ✓ is a call that ran. That the values and gradients are FLA's is what
\`pnpm golden packages/conformance/fixtures\` and the tests show.
`;

const modelsPreface = `## Models

A tiny model of every \`model_type\`, loaded from a checkpoint with random parameters: a ragged batch forwards with its state and a token of
each sequence behind it, and the gradients of its loss, on the same two devices; "prefill in parts" runs the documents in two parts and
compares with one pass, on the CPU. The last column names checkpoints written by FLA that \`webfla golden\` verified in every line (packed
logits, last hidden state, loss, greedy continuation, gradient norms), with the relative RMSE of the packed logits on the CPU and on a
software WebGPU adapter, in f32. Where it has a –, FLA has no model of the kind, and the oracles alone hold the layer.
`;

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const marks = <F>(titles: Columns<F>, features: F): string[] =>
  titles.map(([, key]) => (features[key] ? "✓" : "–"));

function tableOf<F>(first: string, titles: Columns<F>, rows: ReadonlyMap<string, F>, last?: Column): string {
  const byName = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    line([first, ...titles.map(([title]) => title), ...(last ? [last.title] : [])]),
    line(["---", ...titles.map(() => ":-:"), ...(last ? ["---"] : [])]),
    ...byName.map(([name, f]) => line([name, ...marks(titles, f), ...(last ? [last.cell(name)] : [])])),
  ].join("\n");
}

interface Column {
  readonly title: string;
  readonly cell: (row: string) => string;
}

async function functionRows<C extends Tensor, G extends Tensor>(
  cpu: Ops<C>,
  gpu: Ops<G>,
  directory: string,
): Promise<ReadonlyMap<string, Features>> {
  const rows = new Map<string, Features>();
  for (const { kind, path } of await subjects(directory)) {
    if (kind !== "operator") continue;
    const features = await probe(await readSafetensors(await readFile(path)), cpu, gpu);
    const name = camelCase(functions[features.name] ?? features.name);
    const before = rows.get(name);
    const joined = Object.fromEntries(
      columns.map(([, key]) => [key, Boolean(features[key] || before?.[key])]),
    );
    rows.set(name, { ...features, ...joined });
  }
  for (const name of absent) rows.set(camelCase(name), { name, ...nothing });
  return rows;
}

const checkpointsOf =
  (verified: Readonly<Record<string, Verified>>) =>
  (type: string): string => {
    const own = Object.entries(verified).filter(([, { modelType }]) => modelType === type);
    const cells = own.map(
      ([name, { cpu, webgpu }]) => `${name} (${cpu.toExponential(0)}, ${webgpu.toExponential(0)})`,
    );
    return cells.join("; ") || "–";
  };

/** FEATURES.md, from the golden files of operators in a directory and a record of the checkpoints verified. */
export async function featureTables(
  directory: string,
  verified: Readonly<Record<string, Verified>>,
): Promise<string> {
  const cpu = createCpu();
  const gpu = await createWebGpu({ device: await nullDevice() });
  const functionTable = tableOf("function", columns, await functionRows(cpu, gpu, directory));
  const models = new Map<string, ModelFeatures>();
  for (const type of modelTypes) models.set(type, await probeModel(type, cpu, gpu));
  const checkpoints = { title: "verified checkpoints of FLA", cell: checkpointsOf(verified) };
  const modelTable = tableOf("model_type", modelColumns, models, checkpoints);
  return [preface, `${functionTable}\n`, modelsPreface, `${modelTable}\n`].join("\n");
}
