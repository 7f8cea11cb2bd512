// Each example runs as a reader would run it, in one process, and says what its page says that it does.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { root } from "./workspace-files";

const folder = join(root, "examples/src");

/** Something that each must print. */
const prints: Readonly<Record<string, RegExp>> = {
  generate: /It is our duty to \|\S+/,
  kernel: /cpu: o 38,2,16, a state for each document 3,2,16,16/i,
  multimodal: /lengths \[18,5,18\][\s\S]*gradient of the features \[41,32\] loss \d/,
  online: /after: "abcabcabc"/,
  score: /\d\.\d\d bits a token over \d+: Call me Ishmael\./,
  serve: /AbortedError[\s\S]*I +"/,
  train: /20 steps, the next batch begins at/,
};

const written: string[] = [];
const show = (x: unknown): string => (typeof x === "object" ? JSON.stringify(x) : String(x));

afterEach(() => {
  vi.restoreAllMocks();
  written.length = 0;
});

it("every example is run here", () => {
  expect(readdirSync(folder).map((file) => file.replace(".ts", ""))).toEqual(Object.keys(prints));
});

it.each(Object.entries(prints))("%s", async (name, pattern) => {
  vi.spyOn(console, "log").mockImplementation((...line) => void written.push(line.map(show).join(" ")));
  const { argv } = process;
  process.argv = argv.slice(0, 2);
  try {
    await import(join(folder, `${name}.ts`));
  } finally {
    process.argv = argv;
  }
  expect(written.join("\n")).toMatch(pattern);
  expect(readFileSync(join(folder, `${name}.ts`), "utf8").split("\n").length).toBeLessThanOrEqual(41);
});
