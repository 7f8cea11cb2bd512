import { relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { filesBelow, read, rooms, root, runBin } from "./workspace-files";
import { missingFromMirror } from "./workspace-mirror";
import { shaderTexts } from "./workspace-shaders";

const sources = ["packages", "apps", "scripts"].flatMap(filesBelow);
const typescript = sources.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"));
const limit = 300;

describe("imports", () => {
  interface Violation {
    readonly from: string;
    readonly to: string;
    readonly rule: { readonly name: string };
    readonly cycle?: readonly { readonly name: string }[];
  }
  let violations: readonly Violation[];
  let cruised: number;

  beforeAll(async () => {
    const args = ["packages", "apps", "--config", ".dependency-cruiser.mjs", "--output-type", "json"];
    const { output } = await runBin("dependency-cruiser", "depcruise", args);
    const { summary } = JSON.parse(output.slice(output.indexOf("{"))) as {
      summary: { violations: Violation[]; totalCruised: number };
    };
    violations = summary.violations;
    cruised = summary.totalCruised;
  });

  const path = ({ to, cycle }: Violation) => cycle?.map(({ name }) => name).join(", which imports ") ?? to;
  const broken = (rule: RegExp) =>
    violations
      .filter((v) => rule.test(v.rule.name))
      .map((v) => `${v.rule.name}: ${v.from} imports ${path(v)}`);

  it("are all looked at", () => expect(cruised).toBeGreaterThanOrEqual(rooms.length));
  it("go from left to right only", () => expect(broken(/^boundary-/)).toEqual([]));
  it("have no cycle", () => expect(broken(/^no-cycles$/)).toEqual([]));
  it("cross packages by name only", () => expect(broken(/^no-relative-/)).toEqual([]));
  it("are declared dependencies", () => expect(broken(/^no-(undeclared|dev)-dep/)).toEqual([]));
  it("exist", () => expect(broken(/^no-unresolved-/)).toEqual([]));
});

describe("files", () => {
  it(`have at most ${limit} lines`, () => {
    const long = sources
      .filter((path) => /\.(ts|tsx|mjs|wgsl|css|html)$/.test(path))
      .map((path) => ({ path, lines: read(path).trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > limit);
    expect(long).toEqual([]);
  });

  it("hold no shader text in TypeScript strings: shaders are .wgsl files", () => {
    const code = typescript.filter((path) => path.includes("/src/") && !path.endsWith(".test.ts"));
    expect(code.flatMap((path) => shaderTexts(path, read(path)))).toEqual([]);
  });

  it("export explicitly: no export *", () => {
    expect(typescript.filter((path) => /^export \*/m.test(read(path)))).toEqual([]);
  });

  it("skip no test in their source: forEachAdapter and describeInBrowser alone skip, with a reason", () => {
    const tests = typescript.filter((path) => path.endsWith(".test.ts"));
    expect(tests.filter((path) => /\b(it|test|describe)\.(skip|only|todo|fails)\(/.test(read(path)))).toEqual(
      [],
    );
  });
});

it("every layer has its README, index, test and oracle", () => {
  expect(missingFromMirror()).toEqual([]);
});

describe.concurrent("tools", () => {
  it("biome finds nothing to say", async ({ expect }) => {
    const { code, output } = await runBin("@biomejs/biome", "biome", [
      "ci",
      "--colors=off",
      "--error-on-warnings",
      ".",
    ]);
    expect(code, output).toBe(0);
  });

  // rooms that add nothing to the base are checked at once, each file once
  const adds = (folder: string): boolean =>
    Object.keys(JSON.parse(read(`${folder}/tsconfig.json`))).some(
      (key) => !["extends", "include"].includes(key),
    );

  it("no room has a type error", async ({ expect }) => {
    const { code, output } = await runBin("typescript", "tsc", ["--noEmit", "--listFiles", "-p", "."]);
    expect(code, output).toBe(0);
    const checked = new Set(output.split(/\r?\n/).map((path) => relative(root, path).replaceAll("\\", "/")));
    const alike = rooms.filter(({ folder }) => !adds(folder)).map(({ folder }) => `${folder}/`);
    const missed = typescript.filter(
      (path) => alike.some((folder) => path.startsWith(folder)) && !checked.has(path),
    );
    expect(missed).toEqual([]);
  });

  for (const { folder } of rooms.filter(({ folder }) => adds(folder)))
    it(`${folder}, which has options of its own, has no type error`, async ({ expect }) => {
      const { code, output } = await runBin("typescript", "tsc", ["--noEmit", "-p", folder]);
      expect(code, output).toBe(0);
    });
});
