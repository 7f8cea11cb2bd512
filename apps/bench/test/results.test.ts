import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { FlaRow, FlaRun } from "../src/fla-run";
import type { Measurement, Spread } from "../src/measure/measurement";
import { merge } from "../src/merge";
import { besideText } from "../src/report/beside";
import { committed, drawn, renewed } from "../src/results";
import type { Results } from "../src/run";
import { verdicts } from "../src/targets";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const spread = (medianMs: number): Spread => ({ medianMs, p10Ms: medianMs, p90Ms: medianMs, samples: 3 });

const row = (suite: string, name: string, ms: number, more: Partial<Measurement> = {}): Measurement => ({
  suite,
  name: `${name} f16`,
  on: "a GPU",
  correctnessOnly: false,
  dtype: "f16",
  tiers: "all",
  error: 0,
  tolerance: 1e-3,
  coldMs: 1,
  warm: { ...spread(2 * ms), fastestMs: ms, slowestMs: ms },
  gpu: spread(ms),
  ...more,
});

const laws = ["retention", "simpleGla", "gla", "deltaRule", "gatedDeltaRule", "kda", "rwkv7"];
const cases = laws.flatMap((law) => ["S1", "S2", "S3"].map((shape) => [law, shape] as const));

const run = (results: readonly Measurement[], software = false): Results => ({
  taken: "2026-01-02T03:04:05Z",
  machine: { cpu: "c", cores: 1, memoryGiB: 1, platform: "linux x64", node: "v20.0.0", dawn: "webgpu 0" },
  quick: false,
  adapters: [
    {
      name: "a GPU",
      software,
      info: { vendor: "v", architecture: "a", device: "", description: "driver 1", features: [] },
    },
  ],
  rates: [{ on: "a GPU", tiers: "all", bytesPerSecond: 1e12, flopsPerSecond: { f32: 1e13, f16: 1e14 } }],
  results,
});

const fla = (rows: readonly FlaRow[]): FlaRun => ({
  taken: "2026-01-02T03:04:05Z",
  device: "a GPU",
  driver: "1",
  torch: "2",
  triton: "3",
  fla: "0123456789abcdef",
  dtype: "bf16",
  rates: { bytesPerSecond: 1e12, flopsPerSecond: { bf16: 1e14 } },
  rows,
});
const theirs = cases.map(
  ([law, shape]): FlaRow => ({ law, op: `chunk_${law}`, shape, pass: "forward", gpuMs: 1, callMs: 1 }),
);
const ours = cases.map(([law, shape]) => row("forward", `${law} ${shape}`, law === "kda" ? 1.5 : 0.5));
const held = (results: Results) =>
  Object.fromEntries(verdicts(results).map(({ title, held, measured }) => [title, { held, measured }]));

test("a target holds when every number of it is measured and within its bound", () => {
  const whole = held(merge([run(ours)], [fla(theirs)]));
  expect(whole["forward, GPU time over FLA's: goal"]).toMatchObject({ held: false });
  expect(whole["forward, GPU time over FLA's: goal"]!.measured).toMatch(/^0\.50 × .* … 1\.50 × kda S\d$/);
  expect(whole["forward, GPU time over FLA's: at least"]).toMatchObject({ held: true });
  expect(whole["S2 over S1"]).toMatchObject({ held: true });
  expect(whole["decode of 64 sequences, bytes of states over what a copy moves meanwhile"]).toEqual({
    held: false,
    measured: "not measured",
  });
  const part = held(merge([run(ours.slice(1))], [fla(theirs)]));
  expect(part["forward, GPU time over FLA's: at least"]).toMatchObject({ held: false });
});

test("what one run of FLA has not measured comes from the next; software is held to nothing", () => {
  const [{ gpuMs: _, ...first }, ...rest] = theirs as [FlaRow, ...FlaRow[]];
  const merged = merge([run(ours)], [fla([{ ...first, reason: "late" }, ...rest]), fla(theirs)]);
  expect(merged.fla!.rows).toHaveLength(21);
  expect(merged.fla!.rows[0]).toMatchObject({ gpuMs: 1, remark: "in part from a GPU, 2026-01-02" });
  expect(besideText(merged)).toContain("forward retention S1 f16 all");
  expect(besideText(run(ours, true))).toBe("");
});

test("of a row that several runs have, the last counts", () => {
  const merged = merge([run(ours), run([row("forward", "gla S1", 9)])]);
  expect(merged.results).toHaveLength(21);
  expect(merged.results.find(({ name }) => name === "gla S1 f16")!.gpu!.medianMs).toBe(9);
});

test("sections are written between their marks, from runs or from their lack", () => {
  const text = "a\n<!-- results from results -->\nold\n<!-- end -->\nb\n";
  expect(renewed(text, [])).toContain("No run of this bench on a GPU is committed yet.");
  const merged = merge([run(ours)], [fla(theirs)]);
  expect(renewed(text, [merged])).toContain("| kda | 1.500 / 1.000 = 1.5× |");
  expect(renewed(renewed(text, [merged]), [])).toBe(renewed(text, []));
  expect([...drawn([merged]).keys()]).toEqual(["a-gpu.svg"]);
});

test("the README files and figures say what is committed; pnpm bench results writes them anew", async () => {
  const runs = committed(at("../results"));
  for (const path of ["../README.md", "../../../README.md"]) {
    const text = await readFile(at(path), "utf8");
    expect(renewed(text, runs)).toBe(text);
  }
  for (const [name, svg] of drawn(runs)) expect(await readFile(at(`../results/${name}`), "utf8")).toBe(svg);
});
