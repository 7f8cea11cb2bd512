// Matrix products of f16 where the device multiplies matrices, and of any device: rows alone and in company.
import { createOps, type Ops } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import {
  createWebGpuBackend,
  type GpuTensor,
  openRuntime,
  type Runtime,
  type TileOptions,
  trace,
} from "@webfla/wgsl";
import { afterAll, beforeAll, expect, it } from "vitest";
import { forEachAdapter, withMatrixAdapter } from "../src/adapters";
import { compute, relativeError } from "./verbs/compare";
import type { Case } from "./verbs/maker";

const cpu = createCpu();

const product = (M: number, N: number, K: number, transposeA: boolean, transposeB: boolean): Case => ({
  name: `${M} × ${K} by ${K} × ${N}`,
  run: ({ ops, normal }) => ({
    o: ops.matmul({
      a: normal(transposeA ? [K, M] : [M, K]),
      b: normal(transposeB ? [N, K] : [K, N]),
      bias: normal([N]),
      transposeA,
      transposeB,
      dtype: "f32",
    }),
  }),
});

/** Rows of a product by themselves, and among others that make the tile a larger one. */
async function aloneAndTogether(ops: Ops<GpuTensor>, few: number, many: number, storage: "f32" | "f16") {
  const [K, N] = [40, 36];
  const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(3 * i + 1));
  const b = ops.tensor(numbers(K * N), [K, N], storage);
  const rows = async (M: number) => {
    const o = ops.matmul({ a: ops.tensor(numbers(M * K), [M, K], storage), b, dtype: "f32" });
    return (await ops.read(o)).slice(0, few * N);
  };
  return { alone: await rows(few), together: await rows(many) };
}

withMatrixAdapter(({ open }) => {
  let runtime: Runtime;
  const opsOf = (options: TileOptions = {}) => createOps(createWebGpuBackend(runtime, options));
  beforeAll(async () => {
    runtime = await openRuntime({ adapter: await open(), poison: true });
  });
  afterAll(() => runtime.dispose());

  it.each([
    ["whole vectors of four", product(36, 20, 40, false, false)],
    ["vectors that end within, both across", product(17, 18, 37, true, true)],
  ])("%s", async (_, row) => {
    const want = await compute(cpu, row, "f16");
    const { result: got, dispatches } = await trace(opsOf(), () => compute(opsOf(), row, "f16"));
    expect(dispatches.some(({ code }) => code.includes("subgroup_matrix"))).toBe(true);
    expect(relativeError(got["o"]!, want["o"]!)).toBeLessThan(1e-5);
  });

  it("a row has the same bits in a tile of 16 rows and of 64", async () => {
    const { alone, together } = await aloneAndTogether(opsOf(), 9, 70, "f16");
    expect(together).toEqual(alone);
  });
});

forEachAdapter(({ open, storages }) => {
  it("a row has the same bits in a tile of 16 rows and of 64", async () => {
    const runtime = await openRuntime({ adapter: await open(), poison: true });
    const ops = createOps(createWebGpuBackend(runtime));
    const { alone, together } = await aloneAndTogether(ops, 9, 70, storages[0]!);
    expect(together).toEqual(alone);
    runtime.dispose();
  });
});
