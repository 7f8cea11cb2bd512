// The cases and the golden files on the GPU of a machine that has no test runner: node on-device.mjs [fixtures]
import type { Ops } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu, type GpuTensor, type RuntimeOptions } from "@webfla/wgsl";
import { create, globals } from "webgpu";
import { draw, laws, show } from "../test/chunked-cases";
import { compute, relativeError } from "../test/verbs/compare";
import { denseCases } from "../test/verbs/dense-cases";
import { linearAttentionCases } from "../test/verbs/linear-attention-cases";
import type { Case } from "../test/verbs/maker";
import { sequenceCases } from "../test/verbs/sequence-cases";
import { type StorageType, subjects, targetOf, verify } from "./golden";

Object.assign(globalThis, globals);
const gpu = create(["enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia", "backend=vulkan"]);
const [fixtures = "packages/conformance/fixtures"] = process.argv.slice(2);
const cpu = createCpu();
const held: unknown[] = [gpu, cpu];
let failed = 0;

const chunked: readonly Case[] = laws.map((law) => ({
  name: show(law),
  run: (m) => {
    const shape = { lengths: [1, 31, 0, 33, 200, 64], H: 2, HV: 4, K: 40, V: 64, steps: 1 };
    return m.ops.linearAttention(draw(m, law, shape)) as { o: never; finalState: never };
  },
}));

const worst = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);

async function table(
  ops: Ops<GpuTensor>,
  title: string,
  cases: readonly Case[],
  storage: StorageType,
): Promise<void> {
  const limit = { f32: 1e-5, f16: 2e-3 }[storage];
  let [passed, most] = [0, 0];
  for (const row of cases) {
    try {
      const want = await compute(cpu, row, storage);
      const got = await compute(ops, row, storage);
      const error = Object.keys(want).reduce((m, k) => worst(m, relativeError(got[k]!, want[k]!)), 0);
      if (!(error <= limit)) throw new Error(`relative RMSE ${error.toExponential(1)}, limit ${limit}`);
      most = Math.max(most, error);
      passed++;
    } catch (error) {
      failed++;
      console.log(`  FAIL ${title} ${storage} ${row.name}: ${(error as Error).message.slice(0, 300)}`);
    }
  }
  console.log(
    `${title}, ${storage}: ${passed} of ${cases.length} passed, largest error ${most.toExponential(1)}`,
  );
}

async function golden(ops: Ops<GpuTensor>, title: string, storage: StorageType): Promise<void> {
  const count = { PASS: 0, FAIL: 0, unsupported: 0 };
  let most = 0;
  for (const subject of await subjects(fixtures))
    for await (const line of verify(targetOf(ops, storage), subject)) {
      count[line.verdict]++;
      if (line.verdict === "PASS") most = Math.max(most, line.error ?? 0);
      if (line.verdict === "FAIL")
        console.log(`  FAIL ${title} ${storage} ${JSON.stringify(line).slice(0, 300)}`);
    }
  failed += count.FAIL;
  console.log(
    `${title} golden, ${storage}: ${count.PASS} passed, ${count.FAIL} failed, ${count.unsupported} unsupported, largest error ${most.toExponential(1)}`,
  );
}

/** Opens the adapter anew: each gives one device. */
async function open(
  tiers: RuntimeOptions["tiers"],
  plan: "auto" | "chunked" | "recurrent",
): Promise<Ops<GpuTensor>> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new Error("on-device: the machine must have a WebGPU adapter, got none. Install a Vulkan driver.");
  const ops = await createWebGpu({ adapter, plan, ...(tiers && { tiers }) });
  held.push(adapter, ops);
  return ops;
}

const recurrent = await open([], "recurrent");
await table(
  recurrent,
  "recurrent, baseline",
  [...denseCases, ...sequenceCases, ...linearAttentionCases],
  "f32",
);
const everything = await open(undefined, "recurrent");
if (everything.backend.dtypes.includes("f16"))
  await table(
    everything,
    "recurrent, every tier",
    [...denseCases, ...sequenceCases, ...linearAttentionCases],
    "f16",
  );
for (const [tiers, title] of [
  [[], "baseline"],
  [undefined, "every tier"],
] as const) {
  const ops = await open(tiers && [...tiers], "chunked");
  for (const storage of ["f32", "f16"] as const) {
    if (!ops.backend.dtypes.includes(storage)) continue;
    await table(ops, `chunked, ${title}`, chunked, storage);
    await golden(ops, `chunked, ${title}`, storage);
  }
}
console.log(failed === 0 ? "all green" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
