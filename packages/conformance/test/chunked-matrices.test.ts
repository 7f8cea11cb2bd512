// The chunk kernels of f16 where the device multiplies matrices.
import { createOps, type Ops } from "@webfla/ops";
import { createWebGpuBackend, type GpuTensor, openRuntime, type Runtime, trace } from "@webfla/wgsl";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withMatrixAdapter } from "../src/adapters";
import { draw, type Law, part, type Shape } from "./chunked-cases";
import { cpu, expectClose, gated, run } from "./chunked-run";
import { compute } from "./verbs/compare";

withMatrixAdapter(({ open }) => {
  let runtime: Runtime;
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true });
    gpu = createOps(createWebGpuBackend(runtime, { plan: "chunked", chunkSize: 16 }));
  });
  afterAll(() => runtime.dispose());

  const shape: Shape = { lengths: [33, 0, 16, 5], H: 1, HV: 2, K: 20, V: 18, steps: 1 };
  const after = { erase: "none", read: "after" } as const;
  const laws: readonly Law[] = [
    { decay: "head", erase: "none", read: "bonus" },
    { decay: "vector", ...after },
    { decay: "value", ...after },
  ];

  it.each(laws)("%o is what the law says", async (law) => {
    const { result, dispatches } = await trace(gpu, () => run(gpu, law, shape, "f16"));
    expectClose(result, await run(cpu, law, shape, "f16"), 3e-3);
    const byMatrices = dispatches.filter(({ code }) => code.includes("subgroupMatrixMultiplyAccumulate"));
    // a gate before every channel splits the pairs, which leave their kernel then
    const outputs = law.decay === "head" ? ["output.matrix"] : ["pairs", "output"];
    expect(byMatrices.map(({ kernel }) => kernel)).toEqual(
      ["increment", ...outputs].map((name) => `diagonal/${name}`),
    );
  });

  it.each([
    [20, "staged"],
    [256, "stored"],
  ])("an erase over %i channels, whose operands are %s", async (K, how) => {
    const wide = { ...shape, K };
    const { result, dispatches } = await trace(gpu, () => run(gpu, gated, wide, "f16"));
    expectClose(result, await run(cpu, gated, wide, "f16"), 3e-3);
    const pass = dispatches.find(({ kernel }) => kernel === "delta/state.matrix");
    expect(pass?.files.map(({ path }) => path)).toContain(`delta/operands.${how}.wgsl`);
  });

  it.each([laws[1]!, gated])("packed sequences are what each is alone, bit for bit: %o", async (law) => {
    const results = await compute(
      gpu,
      {
        name: "packed",
        run: (m) => {
          const call = draw(m, law, { ...shape, lengths: [17, 20] });
          const state = (n: number) => m.ops.slice({ x: call.initialState!, axis: 0, start: n, end: n + 1 });
          const alone = (
            [
              [0, 17],
              [17, 37],
            ] as const
          ).map((place, n) => m.ops.linearAttention(part(m, call, place, state(n))));
          return {
            o: m.ops.linearAttention(call).o,
            alone: m.ops.concat({ xs: alone.map(({ o }) => o), axis: 0 }),
          };
        },
      },
      "f16",
    );
    expect(results["alone"]).toEqual(results["o"]);
  });
});
