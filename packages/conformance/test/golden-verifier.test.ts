// The verifier itself: what is wrong must be seen.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCpu } from "@webfla/reference";
import { readSafetensors, type TensorData, writeSafetensors } from "@webfla/zoo/safetensors";
import { afterAll, describe, expect, it } from "vitest";
import { GoldenError, type Line, relativeRmse, subjects, targetOf, verify } from "../src/golden";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "webfla-golden-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function linesOf(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  for (const subject of await subjects(path))
    for await (const line of verify(targetOf(createCpu(), "f32"), subject)) lines.push(line);
  return lines;
}
const verdicts = async (path: string) =>
  Object.fromEntries((await linesOf(path)).map((l) => [l.tensor, l.verdict]));

/** A copy of an operator's file with some tensors or metadata replaced. */
async function altered(
  name: string,
  change: (tensors: Map<string, TensorData>, metadata: Map<string, string>) => void,
): Promise<string> {
  const file = await readSafetensors(readFileSync(fixture(`ops/${name}.safetensors`)));
  const tensors = new Map<string, TensorData>();
  for (const [key, { dtype, shape }] of file.tensors)
    tensors.set(key, { dtype, shape, data: await file.read(key) } as TensorData);
  const metadata = new Map(file.metadata);
  change(tensors, metadata);
  const path = join(folder, `${name}-${Math.random().toString(36).slice(2)}.safetensors`);
  writeFileSync(path, writeSafetensors(Object.fromEntries(tensors), Object.fromEntries(metadata)));
  return path;
}

describe("relativeRmse", () => {
  it("divides by the reference, and is absolute where that is zero", () => {
    expect(relativeRmse([3, 4], [3, 4])).toBe(0);
    expect(relativeRmse([0, 0], [3, 4])).toBe(1);
    expect(relativeRmse([0.5, 0.5], [0, 0])).toBe(0.5);
    expect(relativeRmse([Number.NaN], [1])).toBeNaN();
  });
});

describe("an operator's file", () => {
  it("passes as it is, with its gradients", async () => {
    const found = await verdicts(fixture("ops/kda.safetensors"));
    expect(found).toMatchObject({ o: "PASS", final_state: "PASS", dinitial_state: "PASS" });
    expect(Object.keys(found)).toHaveLength(2 + 6);
    expect(new Set(Object.values(found))).toEqual(new Set(["PASS"]));
  });

  it("fails where one gradient is off, and where what flows into a state is not what the file says", async () => {
    const off = await altered("kda", (tensors) => {
      const dg = tensors.get("dg")!.data as Float32Array;
      for (let i = 0; i < dg.length; i++) dg[i]! *= 1.0002;
    });
    expect(await verdicts(off)).toMatchObject({ o: "PASS", dg: "FAIL", dk: "PASS" });
    const other = await altered("kda", (tensors) => tensors.get("dfinal_state")!.data.fill(0));
    expect(await verdicts(other)).toMatchObject({ final_state: "PASS", dinitial_state: "FAIL" });
  });

  it("has unsupported gradients, and says which verb, where the device has none", async () => {
    const bare = createCpu();
    Object.assign(bare.backend, { backward: {} });
    const lines: Line[] = [];
    for (const subject of await subjects(fixture("ops/gla.safetensors")))
      for await (const line of verify(targetOf(bare, "f32"), subject)) lines.push(line);
    for (const { tensor, verdict, note } of lines.filter((l) => l.tensor.startsWith("d"))) {
      expect(verdict, tensor).toBe("unsupported");
      expect(note).toMatch(/^linearAttention: it must have a gradient on cpu/);
    }
    expect(lines.filter((l) => l.verdict === "PASS").map((l) => l.tensor)).toEqual(["final_state", "o"]);
    expect(bare.memory().tensors).toBe(0);
  });

  it("fails where one output is off by a little more than the tolerance", async () => {
    const path = await altered("kda", (tensors) => {
      const o = tensors.get("o")!.data as Float32Array;
      for (let i = 0; i < o.length; i++) o[i]! *= 1.0002;
    });
    expect(await verdicts(path)).toMatchObject({ o: "FAIL", final_state: "PASS" });
  });

  it("fails on NaN and on another number of elements", async () => {
    const nan = await altered("l2norm", (tensors) => tensors.get("o")!.data.fill(Number.NaN));
    expect(await verdicts(nan)).toMatchObject({ o: "FAIL" });
    const short = await altered("l2norm", (tensors) => {
      const { dtype, data } = tensors.get("o")!;
      tensors.set("o", { dtype, shape: [5], data: data.slice(0, 5) } as TensorData);
    });
    expect((await linesOf(short))[0]).toMatchObject({
      verdict: "FAIL",
      note: "3392 elements where the file has 5",
    });
  });

  it("fails where an argument is dropped, for the metadata reach the function", async () => {
    const path = await altered("lightning_attn", (_, metadata) => metadata.set("layer_idx", "2"));
    expect(await verdicts(path)).toMatchObject({ o: "FAIL", final_state: "FAIL" });
  });

  it("of an unknown operator is unsupported", async () => {
    const path = await altered("kda", (_, metadata) => metadata.set("op", "quantum_attn"));
    expect(new Set(Object.values(await verdicts(path)))).toEqual(new Set(["unsupported"]));
  });

  it("fails with the message where it is truncated, names no operator or has a wrong shape", async () => {
    const bytes = readFileSync(fixture("ops/gla.safetensors"));
    const cut = join(folder, "cut.safetensors");
    writeFileSync(cut, bytes.subarray(0, bytes.length - 100));
    expect(await linesOf(cut)).toEqual([
      {
        subject: "cut",
        tensor: "*",
        verdict: "FAIL",
        note: expect.stringMatching(/^cut\.safetensors: .*truncated/),
      },
    ]);
    const nameless = await altered("gla", (_, metadata) => metadata.delete("op"));
    expect((await linesOf(nameless))[0]).toMatchObject({
      verdict: "FAIL",
      note: expect.stringMatching(/must name its op/),
    });
    const wrong = await altered("gla", (tensors) => tensors.set("g", tensors.get("cu_seqlens")!));
    expect((await linesOf(wrong))[0]).toMatchObject({
      verdict: "FAIL",
      note: expect.stringMatching(/^linearAttention: /),
    });
  });
});

describe("varlen.json", () => {
  it("holds ids to the right answer where a sequence is empty, and says so", async () => {
    const lines = await linesOf(fixture("varlen.json"));
    expect(lines.filter((l) => l.verdict !== "PASS")).toEqual([]);
    expect(lines.filter((l) => l.note).map((l) => l.tensor)).toEqual([
      "prepare_sequence_ids([5,0,7])",
      "prepare_token_indices([5,0,7])",
    ]);
  });

  it("fails on a changed number, and an unknown function is unsupported", async () => {
    const golden = JSON.parse(readFileSync(fixture("varlen.json"), "utf8"));
    golden.cases[0].prepare_position_ids[3] = 4;
    golden.cases[1].prepare_tea = [1];
    const path = join(folder, "varlen.json");
    writeFileSync(path, JSON.stringify(golden));
    const off = (await linesOf(path)).filter((l) => l.verdict !== "PASS");
    expect(off.map((l) => [l.tensor, l.verdict])).toEqual([
      ["prepare_position_ids([37,1,64,130,15])", "FAIL"],
      ["prepare_tea([1])", "unsupported"],
    ]);
  });
});

describe("paths", () => {
  it("that hold nothing to verify are refused by name", async () => {
    await expect(subjects("/no/such/path")).rejects.toThrow(GoldenError);
    await expect(subjects("/no/such/path")).rejects.toThrow(/\/no\/such\/path/);
    await expect(subjects(fileURLToPath(new URL("../src", import.meta.url)))).rejects.toThrow(
      /golden files, got none/,
    );
    await expect(subjects(fileURLToPath(import.meta.url))).rejects.toThrow(/another file/);
  });

  it("walk into directories, a model or a training run being one subject", async () => {
    const run = join(folder, "train");
    mkdirSync(join(run, "init"), { recursive: true });
    writeFileSync(join(run, "train.json"), "{}");
    writeFileSync(join(run, "init/model.safetensors"), "");
    expect(await subjects(run)).toEqual([{ kind: "train", path: run }]);
    expect(await linesOf(run)).toMatchObject([
      { subject: "train", verdict: "FAIL", note: expect.stringContaining("batches_and_losses") },
    ]);
    expect((await subjects(fixture("models"))).map((s) => s.kind)).toEqual(
      expect.arrayContaining(["model", "model"]),
    );
  });
});
