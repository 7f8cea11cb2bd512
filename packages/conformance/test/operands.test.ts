// Products of f32 by matrices of f16, which a device is asked for: whole gradients of a model, against the CPU's.
import { createOps } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpuBackend, openRuntime, trace } from "@webfla/wgsl";
import { accumulateGradients, initialModel } from "@webfla/zoo/train";
import { expect, it } from "vitest";
import { withMatrixAdapter } from "../src/adapters";
import { batchOf, documents, takeAll, takeNumber } from "./train/tools";

const config = {
  model_type: "gated_deltanet",
  hidden_size: 32,
  num_heads: 1,
  head_dim: 32,
  expand_v: 1,
  num_hidden_layers: 1,
  intermediate_size: 32,
  vocab_size: 64,
};
const batch = batchOf(documents([40, 9, 30]));
// small gradients would be denormal
const options = { lossScale: 4096 };

withMatrixAdapter(({ open }) => {
  it("f16 operands give the gradients of f32 to rounding, by matrices", async () => {
    const cpu = createCpu();
    const exact = accumulateGradients(initialModel(cpu, config, { seed: 1 }), [batch], options);
    const want = await takeAll(cpu, exact.gradients);

    const runtime = await openRuntime({ adapter: await open() });
    const gpu = createOps(createWebGpuBackend(runtime, { operands: "f16", plan: "chunked", chunkSize: 16 }));
    const model = initialModel(gpu, config, { seed: 1 });
    const { result, dispatches } = await trace(gpu, () => accumulateGradients(model, [batch], options));
    expect(await takeNumber(gpu, result.loss)).toBeCloseTo(await takeNumber(cpu, exact.loss), 3);
    const got = await takeAll(gpu, result.gradients);
    const length = (x: Float32Array): number => Math.hypot(...x);
    for (const [name, x] of want) {
      const error = length(x.map((a, i) => a - got.get(name)![i]!));
      // one number that adds up what all tokens give to a gate cancels: beside what they give to the gate's weights
      const terms = want.get(name.replace(/A_log|dt_bias/, "a_proj.weight"))!;
      expect.soft(error / length(terms), name).toBeLessThan(1.5e-2);
    }
    const kernels = ["dense/matmul", "diagonal/pairs", "diagonal/output.matrix", "delta/state.matrix"];
    for (const kernel of kernels) {
      const codes = dispatches.filter((d) => d.kernel === kernel).map((d) => d.code);
      expect(
        codes.some((code) => code.includes("subgroupMatrixMultiplyAccumulate")),
        kernel,
      ).toBe(true);
    }
    for (const x of [model, gpu, cpu]) x.dispose();
  });
});
