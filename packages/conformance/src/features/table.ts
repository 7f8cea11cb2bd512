import { readFile } from "node:fs/promises";
import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import { readSafetensors } from "@webfla/zoo/safetensors";
import { nullDevice } from "../adapters/open";
import { camelCase, functions } from "../golden/names";
import { subjects } from "../golden/walk";
import { absent } from "./absent";
import { type Features, nothing, probe } from "./probe";

const columns: readonly (readonly [string, keyof Features])[] = [
  ["CPU", "cpu"],
  ["CPU gradient", "cpuGradient"],
  ["WebGPU", "webgpu"],
  ["WebGPU gradient", "webgpuGradient"],
  ["f16 storage", "f16"],
  ["initial state", "initialState"],
  ["grouped value heads", "groupedHeads"],
  ["ragged batch", "ragged"],
];

const preface = `# What is supported

Written by \`pnpm features\`, which calls every function of [\`@webfla/ops/fla\`](packages/ops/src/named) with the arguments of FLA's golden
file of that operator, on the CPU and on a WebGPU device: a ✓ is a call that ran. That the values and gradients are FLA's is what
\`pnpm golden packages/conformance/fixtures\` and the tests show.
`;

const byName = ([a]: readonly [string, Features], [b]: readonly [string, Features]): number =>
  a < b ? -1 : 1;

/** The table of FEATURES.md, from the golden files of operators in a directory. */
export async function featureTable(directory: string): Promise<string> {
  const cpu = createCpu();
  const gpu = await createWebGpu({ device: await nullDevice() });
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
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    line(["function", ...columns.map(([title]) => title)]),
    line(["---", ...columns.map(() => ":-:")]),
    ...[...rows]
      .sort(byName)
      .map(([name, features]) => line([name, ...columns.map(([, key]) => (features[key] ? "✓" : "–"))])),
  ];
  return `${preface}\n${table.join("\n")}\n`;
}
