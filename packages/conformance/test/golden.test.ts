// Every golden file of the fixtures through the public functions, on the CPU and on every adapter.
import { fileURLToPath } from "node:url";
import type { Ops, Tensor } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forEachAdapter } from "../src/adapters";
import { absent } from "../src/features/absent";
import { type Line, type StorageType, subjects, targetOf, verify } from "../src/golden";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

const all = await subjects(fixtures);
const nameOf = (path: string) => path.slice(fixtures.length + 1).replace(/\.safetensors$/, "");
const isGradient = ({ tensor }: Line) => /^d[a-zA-Z]|^grad/.test(tensor);

it("the fixtures hold operators, models, a trained checkpoint and index functions", () => {
  const names = all.map(({ path }) => nameOf(path));
  expect(names.filter((n) => n.startsWith("ops/"))).toHaveLength(46);
  expect(names).toEqual(
    expect.arrayContaining(["checkpoints/gdn-byte", "models/gated_deltanet", "varlen.json", "ops/gla"]),
  );
});

function holds<T extends Tensor>(dtype: StorageType, open: () => Promise<Ops<T>>): void {
  let ops: Ops<T>;
  beforeAll(async () => {
    ops = await open();
  });
  afterAll(() => ops.dispose());

  it.each(all.map((subject) => ({ name: nameOf(subject.path), subject })))(
    "$name",
    async ({ name, subject }) => {
      if (!ops.backend.dtypes.includes(dtype)) throw new Error(`golden: ${ops.name} has no ${dtype}`);
      const before = ops.memory().tensors;
      const lines: Line[] = [];
      for await (const line of verify(targetOf(ops, dtype), subject)) lines.push(line);
      const forward = lines.filter((l) => !isGradient(l));
      const isAbsent = absent.includes(name.replace("ops/", ""));
      expect(forward).not.toHaveLength(0);
      expect(forward.filter((l) => l.verdict !== (isAbsent ? "unsupported" : "PASS"))).toEqual([]);
      expect(lines.filter((l) => l.verdict === "FAIL")).toEqual([]);
      expect(ops.memory().tensors).toBe(before);
    },
  );
}

describe("cpu", () => {
  describe("f32", () => holds("f32", async () => createCpu()));
  describe("f16", () => holds("f16", async () => createCpu()));
});

forEachAdapter(({ name, open }) => {
  describe("f32", () => holds("f32", async () => createWebGpu({ adapter: await open() })));
  // SwiftShader, the other software adapter, has no shader-f16
  if (name !== "swiftshader")
    describe("f16", () => holds("f16", async () => createWebGpu({ adapter: await open() })));
});
