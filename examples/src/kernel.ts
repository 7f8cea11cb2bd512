// Three documents of different lengths through one kernel, without padding: on WebGPU where there is an adapter, else on the CPU.
import type { Ops, Tensor } from "@webfla/ops";
import { gatedDeltaRule } from "@webfla/ops/fla";
import { createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { createWebGpu } from "@webfla/wgsl";
import { create, globals } from "webgpu";

// in a browser: const adapter = await navigator.gpu?.requestAdapter()
Object.assign(globalThis, globals);
export const gpu = create([]);
export const adapter = await gpu.requestAdapter().catch(() => null);

const varlen = fromLengths([30, 1, 7]);
const [T, H, K, V] = [varlen.totalTokens, 2, 16, 16];
const wave = (size: number, step: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(step * i));

async function run<T extends Tensor>(ops: Ops<T>): Promise<void> {
  const gates = { g: ops.full(-0.1, [T, H]), beta: ops.full(0.5, [T, H]) }; // g: log decay
  const [q, k] = [ops.tensor(wave(T * H * K, 0.7), [T, H, K]), ops.tensor(wave(T * H * K, 1.3), [T, H, K])];
  const v = ops.tensor(wave(T * H * V, 0.3), [T, H, V]);
  const args = { q, k, v, ...gates, varlen, useQkL2normInKernel: true, outputFinalState: true };
  const { o, finalState } = gatedDeltaRule(ops, args);
  const last = (await ops.read(o)).subarray(-4);
  console.log(`${ops.name}: o ${o.shape}, a state for each document ${finalState!.shape}, last values`, last);
  ops.dispose();
}

await run(createCpu());
if (adapter) await run(await createWebGpu({ adapter }));
