import { elements, type Ops, type Tensor } from "@webfla/ops";
import { createWebGpu, type GpuTensor } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import type { Law, Shape } from "./chunked-cases";
import { type Change, cpu, expectClose, gated, run, small } from "./chunked-run";
import type { Maker } from "./verbs/maker";

forEachAdapter(({ open }) => {
  let gpu: Ops<GpuTensor>;
  beforeAll(async () => {
    gpu = await createWebGpu({
      adapter: await open(),
      poison: true,
      tiers: [],
      plan: "chunked",
      chunkSize: 16,
    });
  });
  afterAll(() => gpu?.dispose());

  describe("numbers", () => {
    const shape: Shape = { ...small, lengths: [70, 35] };
    const hold = (name: string, law: Law, change: Change, tolerance: number) =>
      it(name, async () => {
        const got = await run(gpu, law, shape, "f32", change);
        expect([...got["o"]!, ...got["finalState"]!].every(Number.isFinite)).toBe(true);
        expectClose(got, await run(cpu, law, shape, "f32", change), tolerance);
      });
    const filled = <T extends Tensor>({ ops }: Maker<T>, x: T, value: (i: number) => number): T =>
      ops.tensor(
        Float32Array.from({ length: elements(x.shape) }, (_, i) => value(i)),
        x.shape,
      );
    const strong: Change = (m, call) => ({
      ...call,
      decay:
        call.decay && call.decay.kind !== "head"
          ? {
              ...call.decay,
              g: filled(m, call.decay.g, (i) => ((i * 7) % 5 < 2 ? -20 : (i * 7) % 5 < 4 ? 0 : -0.1)),
            }
          : call.decay,
    });
    const beta =
      (value: (i: number) => number): Change =>
      (m, call) => ({
        ...call,
        erase:
          call.erase?.kind === "delta"
            ? { ...call.erase, beta: filled(m, call.erase.beta!, value) }
            : call.erase,
      });

    hold("gates of −20 beside 0, a token", gated, strong, 1e-4);
    hold("… a key channel", { ...gated, decay: "vector" }, strong, 1e-4);
    hold(
      "… a key channel and a low rank",
      { decay: "vector", erase: "lowRank", read: "after" },
      strong,
      1e-4,
    );
    hold("… a value channel", { decay: "value", erase: "none", read: "bonus" }, strong, 1e-4);
    hold(
      "beta of exactly 0",
      gated,
      beta(() => 0),
      1e-5,
    );
    hold(
      "beta of exactly 1",
      gated,
      beta(() => 1),
      1e-5,
    );
    hold(
      "beta of 0 beside 1",
      { ...gated, decay: "none" },
      beta((i) => (i % 3) & 1),
      1e-5,
    );
    hold(
      "keys all equal, beta 1",
      { decay: "none", erase: "delta", read: "after" },
      (m, call) => ({
        ...call,
        k: filled(m, call.k, () => small.K ** -0.5),
      }),
      1e-5,
    );
    hold(
      "|q| and |k| of 1e3",
      { decay: "scalar", erase: "none", read: "after" },
      ({ ops }, call) => ({
        ...call,
        q: ops.affine({ x: call.q, scale: 1e3 }),
        k: ops.affine({ x: call.k, scale: 1e3 }),
      }),
      1e-5,
    );
    hold(
      "q and k that the call normalises",
      gated,
      ({ ops }, call) => ({
        ...call,
        k: ops.affine({ x: call.k, scale: 1e3 }),
        qkL2Norm: true,
      }),
      1e-5,
    );
  });
});
