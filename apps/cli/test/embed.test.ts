import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCpu } from "@webfla/reference";
import { afterAll, expect, it } from "vitest";
import { loadText } from "../src/checkpoint";
import { embedFiles } from "../src/embed";
import type { EmbeddedLine } from "../src/embed/output";
import { at, webfla } from "./run";

const folder = mkdtempSync(join(tmpdir(), "webfla-embed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const checkpoint = at("packages/conformance/fixtures/checkpoints/gdn-byte");
const cpu = { ops: createCpu(), name: "CPU", adapter: undefined };
const loaded = await loadText(cpu, { dtype: "f32", checkpoint });
const { signal } = new AbortController();
const usual = {
  backend: "cpu",
  dtype: "f32",
  checkpoint,
  tokens: 64,
  pooling: "mean",
  normalize: true,
} as const;
type Options = Partial<Parameters<typeof embedFiles>[2]>;

async function run(files: readonly string[], options: Options = {}): Promise<readonly EmbeddedLine[]> {
  const lines: EmbeddedLine[] = [];
  await embedFiles(loaded, files, { ...usual, jsonl: true, ...options, signal }, (line) => lines.push(line));
  return lines;
}

const texts = ["Call me Ishmael.", "The whale. ".repeat(20), "", "Fellow citizens"];
const jsonl = file(
  "in.jsonl",
  texts
    .map((text, i) => `${JSON.stringify(i === 1 ? { text, id: "длин", more: 1 } : { text })}\n`)
    .join("\n"),
);

it("gives a line for each document, in their order, whatever comes along", async () => {
  const lines = await run([jsonl]);
  expect(lines.map(({ id, tokens }) => [id, tokens])).toEqual([
    [0, 17],
    ["длин", 221],
    [2, 1],
    [3, 16],
  ]);
  for (const { embedding } of lines) expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  const [alone] = await run([file("one.txt", texts[3]!)], { jsonl: undefined as never });
  expect(alone).toEqual({ ...lines[3], id: "one.txt" });
  const [last] = await run([jsonl], { pooling: "last", normalize: false });
  expect(Math.hypot(...last!.embedding)).toBeGreaterThan(2);
});

it("goes on with a file that was cut off anywhere, and with no other", async () => {
  const out = join(folder, "out.jsonl");
  await run([jsonl], { out });
  const whole = readFileSync(out, "utf8");
  const lines = whole.split("\n");
  const bytes = readFileSync(out);
  const second = lines[0]!.length + 1;
  // within the second line's first letter, of two bytes
  const letter = second + '{"id":"'.length + 1;
  for (const length of [0, 9, second - 1, second, letter, bytes.length - 1, bytes.length]) {
    writeFileSync(out, bytes.subarray(0, length));
    await run([jsonl], { out });
    expect(readFileSync(out, "utf8")).toBe(whole);
  }
  const refused = (change: Options, text = whole) => {
    writeFileSync(out, text);
    return expect(run([jsonl], { out, ...change })).rejects;
  };
  await refused({ pooling: "last" }).toThrow("must hold what this model gives with these options");
  await refused({ normalize: false }).toThrow("must hold what this model gives with these options");
  await refused({}, whole.replace("длин", "short")).toThrow('out.jsonl:2 must be the vector of "длин"');
  await refused({}, whole.replace("[", "[1,")).toThrow(
    "out.jsonl:1 must be the vector of 0, 17 tokens in 256",
  );
  await refused({}, `{}\n${whole}`).toThrow("out.jsonl:1 must be the vector of 0");
  await refused({}, `${whole}${lines[0]}\n`).toThrow("must not have more lines than there are documents (4)");
});

it("says what is wrong with a line", async () => {
  for (const [line, what] of [
    ["{", "no JSON"],
    ['{"id": 1}', "no text"],
    ['{"text": "a", "id": {}}', "another id"],
  ] as const)
    await expect(run([file("bad.jsonl", `{"text": "a"}\n${line}\n`)])).rejects.toThrow(
      new RegExp(`^embed: bad.jsonl:2: .*got ${what}`),
    );
  await expect(run([join(folder, "none.jsonl")])).rejects.toThrow("must be a readable file, got ENOENT");
  await expect(run([file("latin.txt", "")], { jsonl: undefined as never })).rejects.toThrow("an empty file");
});

it("reads stdin from the command line, as score does", async () => {
  const stdin = readFileSync(jsonl, "utf8");
  const embedded = await webfla(["embed", "--jsonl", "--backend", "cpu", "--tokens", "64"], { stdin });
  const lines = (output: string) =>
    output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  expect(lines(embedded.stdout)).toEqual(await run([jsonl]));
  const scored = await webfla(["score", "--jsonl", "--backend", "cpu", "--tokens", "64"], { stdin });
  const rows = lines(scored.stdout);
  expect(rows.map(({ id, bytes, tokens }) => [id, bytes, tokens])).toEqual([
    [0, 16, 17],
    ["длин", 220, 221],
    [2, 0, 1],
    [3, 15, 16],
  ]);
  const whole = await webfla(["score", "--json", "--backend", "cpu"], { stdin: texts[1]! });
  expect(rows[1].bitsPerByte).toBeCloseTo(JSON.parse(whole.stdout).bitsPerByte, 5);
  expect(rows[2].bitsPerByte).toBe(0);
});
