import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compare } from "../src/report/compare";
import { page } from "../src/report/page";
import { tables } from "../src/report/table";
import { type Results, run } from "../src/run";

// one case of every kind: a software adapter compiles each chunk kernel for seconds
const wanted = [
  { suites: ["varlen"], match: "" },
  { suites: ["forward"], match: "simpleGla S2" },
  { suites: ["decode"], match: "simpleGla" },
  { suites: ["modules"], match: "rms norm" },
  { suites: ["matmul"], match: "128³" },
];

const finite = (x: number): boolean => Number.isFinite(x) && x >= 0;

describe("a quick run on a software adapter", () => {
  const runs: Results[] = [];
  const told: string[] = [];

  beforeAll(async () => {
    for (const { suites, match } of wanted)
      runs.push(
        await run(
          {
            suites,
            match,
            adapter: "swiftshader",
            tiers: ["baseline"],
            dtypes: ["f32", "f16"],
            rivals: true,
            ort: false,
            quick: true,
          },
          ({ name }) => told.push(name),
        ),
      );
  });
  afterAll(() => {
    runs.length = 0;
  });

  test("every suite has rows, and each is told as it comes", () => {
    for (const { results } of runs) expect(results.length).toBeGreaterThan(0);
    expect(told).toEqual(runs.flatMap(({ results }) => results.map(({ name }) => name)));
  });

  test("rows are right and their numbers finite", () => {
    for (const row of runs.flatMap(({ results }) => results)) {
      expect(row.failure).toBeUndefined();
      expect(row.error).toBeLessThanOrEqual(row.tolerance);
      for (const ms of [row.coldMs, row.warm!.medianMs, row.warm!.p10Ms, row.warm!.p90Ms])
        expect(finite(ms), `${row.name}: ${ms}`).toBe(true);
    }
  });

  test("a device's rows have its clock, its floor and the kernels that took the time", () => {
    const rows = runs.slice(1).flatMap(({ results }) => results);
    for (const { name, gpu, stages, bytes, floorMs, correctnessOnly } of rows) {
      expect(correctnessOnly).toBe(true);
      expect(
        [gpu!.medianMs, floorMs!, bytes!].every((x) => finite(x) && x > 0),
        name,
      ).toBe(true);
      expect(stages!.length).toBeGreaterThan(0);
      for (const { nanoseconds, bytes } of stages!) expect(finite(nanoseconds!) && bytes > 0).toBe(true);
    }
  });

  test("the competitors of a packed batch have times", () => {
    const [{ rivals = [] } = {}] = runs[1]!.results;
    expect(rivals.map(({ name }) => name)).toEqual(["padded", "token by token", "CPU backend"]);
    for (const { wall, ratio, reason } of rivals) {
      expect(reason).toBeUndefined();
      expect(finite(wall!.medianMs) && ratio! > 0 && finite(ratio!)).toBe(true);
    }
    expect(rivals[0]!.expected).toBeGreaterThan(1);
  });

  test("rates and machine are known", () => {
    for (const { rates, machine } of runs.slice(1)) {
      expect(machine.dawn).toMatch(/^webgpu \d/);
      for (const { bytesPerSecond, flopsPerSecond } of rates)
        expect([bytesPerSecond, flopsPerSecond.f32].every((x) => finite(x) && x > 0)).toBe(true);
    }
  });

  test("the reports show every row", async () => {
    for (const results of runs) {
      const written = JSON.parse(JSON.stringify(results)) as Results;
      const [text, html, beside] = [tables(written.results), await page(written), compare(written, written)];
      for (const { name } of results.results) {
        expect(text).toContain(name);
        expect(html).toContain(name);
      }
      expect(beside).toContain(`geometric mean of ${results.results.length}: 1.000`);
      expect(html).not.toMatch(/<script|NaN|undefined|(?:src|href)="http/);
    }
  });
});
