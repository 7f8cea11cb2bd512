import { ShaderError } from "@webfla/ops";
import { describe, expect, it } from "vitest";
import { link } from "./link";

const gate = {
  path: "shared/gate.wgsl",
  text: "enable subgroups;\nalias Elem = f32;\nfn gate(x: f32) -> f32 { return x; }\n",
};
const main = {
  path: "dense/main.wgsl",
  text: [
    "// a kernel",
    "diagnostic(off, chromium.subgroup_matrix_uniformity);",
    "enable f16,",
    "  subgroups;",
    "const TILE = 64u;",
    "const SCALE: f32 = 1.0;",
    "const SIZES =",
    "  array(1,",
    "    2);",
    "const CAUSAL: bool = true;",
    "fn main() { let enableLater = TILE; const TILE = 3; }",
  ].join("\n"),
};

const lineOf = (code: string, text: string): number =>
  code.split("\n").findIndex((l) => l.includes(text)) + 1;

describe("link", () => {
  it("puts directives first, diagnostics before the rest, each once", () => {
    const { code } = link([gate, main]);
    expect(code.split("\n").slice(0, 3)).toEqual([
      "diagnostic(off,chromium.subgroup_matrix_uniformity);",
      "enable subgroups;",
      "enable f16;",
    ]);
    expect(code.match(/enable (subgroups|f16)/g)).toHaveLength(2);
  });

  it("takes a path once and keeps the order given", () => {
    const { code } = link([gate, main, gate]);
    expect(code.match(/fn gate/g)).toHaveLength(1);
    expect(code.indexOf("fn gate")).toBeLessThan(code.indexOf("fn main"));
  });

  it("knows where every line was written, also after rewriting a declaration of many lines", () => {
    for (const params of [{}, { SIZES: "array(3)", Elem: "f16", TILE: 32 }]) {
      const { code, files, locate } = link([gate, main], params);
      for (const { path, text } of [gate, main])
        text.split("\n").forEach((line, i) => {
          if (/^(fn|const CAUSAL)/.test(line))
            expect(locate(lineOf(code, line))).toEqual({ path, line: i + 1 });
        });
      for (const { path, line } of files) expect(locate(line)).toEqual({ path, line: 1 });
      expect(files.map(({ path }) => path)).toEqual([gate.path, main.path]);
      expect(locate(1)).toEqual({ path: main.path, line: 2 });
      expect(locate(2)).toEqual({ path: gate.path, line: 1 });
    }
  });

  it("gives a parameter to the top-level const or alias of its name, with the type of the literal there", () => {
    const { code } = link([gate, main], { TILE: 32, SCALE: 2, CAUSAL: false, Elem: "vec4<f32>" });
    expect(code).toContain("const TILE = 32u;");
    expect(code).toContain("const SCALE: f32 = 2.0;");
    expect(code).toContain("const CAUSAL: bool = false;");
    expect(code).toContain("alias Elem = vec4<f32>;");
    expect(code).toContain("{ let enableLater = TILE; const TILE = 3; }");
  });

  it.each([
    ["1e-6", 3, "3.0"],
    ["1.5f", 2, "2.0f"],
    ["1.0", 1e-7, "1e-7"],
    ["4i", -2, "-2i"],
    ["0x10u", 7, "7u"],
    ["other", 7, "7"],
    [".5h", 2, "2.0h"],
  ])("replaces %s by %d as %s", (replaced, value, expected) => {
    const { code } = link([{ path: "a.wgsl", text: `const A = ${replaced};` }], { A: value });
    expect(code).toBe(`const A = ${expected};`);
  });

  it("enables f16 for an alias of it, and only then", () => {
    expect(link([gate], { Elem: "f16" }).code).toContain("enable f16;");
    expect(link([gate], { Elem: "f32" }).code).not.toContain("f16");
    expect(link([gate], { Elem: "f16" }).locate(2)).toEqual({ path: gate.path, line: 2 });
  });

  it("refuses what nobody declares, and numbers that WGSL cannot write", () => {
    expect(() => link([gate, main], { WIDTH: 1 })).toThrow(ShaderError);
    expect(() => link([gate, main], { WIDTH: 1 })).toThrow(/got WIDTH.*shared\/gate.wgsl, dense\/main.wgsl/);
    expect(() => link([gate, main], { enableLater: 1 })).toThrow(ShaderError);
    expect(() => link([main], { TILE: Number.NaN })).toThrow(/TILE must be finite, got NaN/);
  });
});
