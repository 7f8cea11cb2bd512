// f16 inputs near the largest: what is computed on the way is larger than any f16.
import type { Ops } from "@webfla/ops";
import { createWebGpu, type GpuTensor } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withMatrixAdapter } from "../src/adapters";
import { type Law, type Shape, show } from "./chunked-cases";
import { type Change, cpu, expectClose, run } from "./chunked-run";

const large = 6e4;
const shape: Shape = { lengths: [40, 150], H: 1, HV: 1, K: 32, V: 20, steps: 1 };
const laws: readonly Law[] = [
  { decay: "none", erase: "none", read: "after" },
  { decay: "vector", erase: "none", read: "after" },
  { decay: "scalar", erase: "delta beta key", read: "after" },
];

/** Arguments times a number; one is so small that the output is an f16 again. */
const scaled =
  (names: Partial<Record<"q" | "k" | "v", number>>): Change =>
  (m, call) => ({
    ...call,
    initialState: undefined,
    ...Object.fromEntries(
      Object.entries(names).map(([name, scale]) => [name, m.ops.affine({ x: call[name as "q"], scale })]),
    ),
  });

withMatrixAdapter(({ open }) => {
  describe.each([
    ["in f32", ["shader-f16"]],
    ["by matrices", undefined],
  ] as const)("%s", (_, tiers) => {
    let gpu: Ops<GpuTensor>;
    beforeAll(async () => {
      gpu = await createWebGpu({ adapter: await open(), poison: true, plan: "chunked", tiers });
    });
    afterAll(() => gpu?.dispose());

    const hold = (name: string, law: Law, change: Change) =>
      it(`${name}: ${show(law)}`, async () => {
        const got = await run(gpu, law, shape, "f16", change);
        expect([...got["o"]!, ...got["finalState"]!].every(Number.isFinite)).toBe(true);
        expectClose(got, await run(cpu, law, shape, "f16", change), 2e-3);
      });
    for (const law of laws) {
      hold("values", law, scaled({ v: large / 4, q: 1 / 64 }));
      if (law.erase !== "none") continue;
      hold("keys", law, scaled({ k: large / 2, q: 1 / 1024 }));
      hold("queries", law, scaled({ q: large / 4, v: 1 / 1024 }));
      // what makes up for both is not in f16 with a gate
      if (law.decay === "none")
        hold("keys and values", law, scaled({ k: large / 2, v: large / 4, q: 2 ** -20 }));
    }
  });
});
