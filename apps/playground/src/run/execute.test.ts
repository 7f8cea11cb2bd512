import { describe, expect, it } from "vitest";
import { lawNames, variantNames } from "../variants/names";
import { execute } from "./execute";
import { leakTest } from "./leak";
import type { RunRequest } from "./request";

const request: RunRequest = {
  variant: "kda",
  laws: { decay: "none", erase: "none", read: "after" },
  lengths: [5, 0, 1, 18],
  H: 2,
  HV: 2,
  K: 8,
  V: 6,
  seed: 1,
  storage: "f32",
  backward: true,
  on: ["cpu"],
  tiers: "all",
  plan: "auto",
};
const run = (change: Partial<RunRequest>) =>
  execute({ ...request, ...change }, () => {}, new AbortController().signal);

const expectExact = async (change: Partial<RunRequest>) => {
  const { tensors, sides } = await run(change);
  expect(sides[0]!.noGradient).toBeUndefined();
  expect(tensors.length).toBeGreaterThan(1);
  for (const { name, sides } of tensors) expect(sides[0]!.error, name).toBeLessThan(2e-5);
};

describe("the playground's variants on the CPU agree with their oracles, forward and backward", () => {
  it.each(variantNames.filter((name) => name !== "laws"))("%s", (variant) => expectExact({ variant }));

  const laws = lawNames.decay.flatMap((decay) =>
    lawNames.erase.flatMap((erase) => lawNames.read.map((read) => ({ decay, erase, read }))),
  );
  it.each(laws)("laws: decay $decay, erase $erase, read $read", (laws) =>
    expectExact({ variant: "laws", laws, HV: 4 }),
  );
});

it("a changed sequence moves its own results alone", async () => {
  const { moved } = await leakTest({ ...request, changed: 0 });
  expect(moved.map(({ name }) => name)).toEqual(["o", "finalState"]);
  for (const { bySequence } of moved) {
    expect(bySequence[0]).toBeGreaterThan(0.01);
    expect(bySequence.slice(1)).toEqual([0, 0, 0]);
  }
});
