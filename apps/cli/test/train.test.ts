import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { webfla } from "./run";

const folder = mkdtempSync(join(tmpdir(), "webfla-train-"));
writeFileSync(
  join(folder, "lines.jsonl"),
  Array.from({ length: 30 }, (_, i) =>
    JSON.stringify({ body: `line ${i} of ${"text ".repeat(i % 7)}` }),
  ).join("\n"),
);
const model = {
  model_type: "gla",
  hidden_size: 32,
  num_hidden_layers: 1,
  num_heads: 2,
  intermediate_size: 32,
  vocab_size: 258,
};
const settings = {
  model,
  data: [{ files: ["lines.jsonl"], format: "jsonl", field: "body" }],
  heldOut: ["lines.jsonl:30"],
  tokenBudget: 64,
  totalSteps: 8,
  schedule: { kind: "linear", lr: 0.01, warmupSteps: 2 },
  sample: { every: 4, prompts: ["line "], maxNewTokens: 6 },
  save: { every: 4, keep: 1 },
};
const write = (name: string, content: object): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
const config = write("run.json", settings);
const train = (path: string, out: string, ...more: string[]) =>
  webfla(["train", path, "--out", join(folder, out), "--backend", "cpu", "--json", ...more]);

interface Event {
  readonly kind: string;
  readonly step: number;
  readonly loss?: number;
}
const events = (text: string): Event[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const losses = (all: readonly Event[]) =>
  all.filter((e) => e.kind === "step").map(({ step, loss }) => [step, loss]);

describe("train", () => {
  it("trains, tells what happens, keeps a checkpoint that generates, and goes on as if it had never stopped", async () => {
    const whole = await train(config, "whole");
    expect(whole.stderr).toBe("");
    expect(whole.code).toBe(0);
    const told = events(whole.stdout);
    expect([...new Set(told.map((e) => e.kind))].sort()).toEqual([
      "end",
      "evaluation",
      "sample",
      "saved",
      "start",
      "step",
    ]);
    expect(readFileSync(join(folder, "whole/metrics.jsonl"), "utf8")).toBe(whole.stdout);
    expect(losses(told)).toHaveLength(8);
    expect(losses(told).at(-1)![1]).toBeLessThan(losses(told)[0]![1]!);
    expect(readdirSync(join(folder, "whole")).sort()).toEqual(["metrics.jsonl", "step-00000008"]);

    // a process that Ctrl-C reaches after its first step saves and ends
    let killed = false;
    const cut = await webfla(["train", config, "--out", join(folder, "cut"), "--backend", "cpu", "--json"], {
      onOutput: (kill, text) => {
        if (killed || !text.includes('"kind":"step"')) return;
        killed = true;
        kill("SIGINT");
      },
    });
    expect(cut.code).toBe(0);
    const reached = losses(events(cut.stdout)).length;
    const rest = await train(config, "cut", "--resume");
    const resumed = losses(events(rest.stdout));
    expect(resumed).toEqual(losses(told).slice(8 - resumed.length));
    expect(reached + resumed.length).toBeGreaterThanOrEqual(7);

    const step = join(folder, "whole/step-00000008");
    const text = await webfla([
      "generate",
      "--checkpoint",
      step,
      "--prompt",
      "line",
      "--max-new-tokens",
      "3",
      "--backend",
      "cpu",
    ]);
    expect([text.code, text.stderr]).toEqual([0, ""]);

    const again = await train(config, "whole");
    expect(again.stderr).toMatch(/must hold no run, got one of 8 steps. Go on with --resume/);
    const other = await train(write("other.json", { ...settings, tokenBudget: 32 }), "whole", "--resume");
    expect(other.stderr).toMatch(/tokenBudget must stay 64 .*, got 32/);
    const further = await train(
      write("more.json", { ...settings, model: undefined, totalSteps: 1 }),
      "further",
      "--init",
      step,
    );
    expect(further.code).toBe(0);
    expect(losses(events(further.stdout))[0]![1]).toBeLessThan(losses(told)[1]![1]!);
  });

  it.each([
    ["a key that it does not know", { ...settings, batchSize: 4 }, "batchSize"],
    ["a wrong value", { ...settings, tokenBudget: "many" }, 'tokenBudget must be number, got "many"'],
    ["no model", { ...settings, model: undefined }, "one of model and init must be given, got none"],
    ["no end", { ...settings, totalSteps: undefined }, "totalSteps or epochs must be given"],
    ["a held-out document that is not there", { ...settings, heldOut: ["x"] }, 'got "x", which is not'],
    ["a file that is not there", { ...settings, data: [{ files: ["no.txt"] }] }, "no.txt must be readable"],
    ["an unknown model", { ...settings, model: { ...model, model_type: "gpt" } }, 'got "gpt"'],
  ])("refuses %s", async (_, bad, message) => {
    const { code, stderr } = await train(write("bad.json", bad), "bad");
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });
});
