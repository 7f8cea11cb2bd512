import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import { findAdapters } from "../adapters";
import { opCases } from "../cases";
import type { Effort, Measurement } from "../measure";
import { measureOps, oracle } from "./ops";
import { plansSuite } from "./plans";
import { varlenSuite } from "./varlen";

/** Every suite by name. */
export const suites: Readonly<Record<string, (effort: Effort) => AsyncGenerator<Measurement>>> = {
  varlen: varlenSuite,
  cpu: cpuSuite,
  webgpu: webgpuSuite,
  plans: plansSuite,
};

const answers = oracle();

async function* cpuSuite(effort: Effort): AsyncGenerator<Measurement> {
  const ops = createCpu();
  const about = { suite: "cpu", on: "CPU", correctnessOnly: false };
  yield* measureOps(ops, opCases(effort.quick), about, answers, effort);
  ops.dispose();
}

async function* webgpuSuite(effort: Effort): AsyncGenerator<Measurement> {
  const found = await findAdapters();
  if (found.length === 0)
    throw new Error("webgpu: this machine must have a WebGPU adapter, got none. Leave the suite out.");
  for (const { adapter, name, software } of found) {
    const ops = await createWebGpu({ adapter });
    const about = { suite: "webgpu", on: name, correctnessOnly: software };
    yield* measureOps(ops, opCases(effort.quick), about, answers, effort);
    ops.dispose();
  }
}
