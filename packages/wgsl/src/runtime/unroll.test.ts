import { describe, expect, it } from "vitest";
import { link } from "./link";

const linked = (text: string, params = {}): string => link([{ path: "a.wgsl", text }], params).code;

describe("unroll", () => {
  it("writes a marked loop out and gives arrays a variable an element", () => {
    const code = linked(
      [
        "const N = 2u;",
        "fn f() -> f32 {",
        "  var sum: array<f32, N * N>;",
        "  // unroll",
        "  for (var i = 0u; i < N; i++) {",
        "    // unroll",
        "    for (var j = 0u; j < N; j++) {",
        "      sum[N * i + j] += f32(i); // why",
        "    }",
        "  }",
        "  return sum[3];",
        "}",
      ].join("\n"),
    );
    expect(code).toContain("var sum_0: f32; var sum_1: f32; var sum_2: f32; var sum_3: f32;");
    expect(code).toContain("sum_3 += f32(1u);");
    expect(code).toContain("return sum_3;");
    expect(code).not.toMatch(/for|why|sum\[/);
  });

  it("keeps the number of lines, so that an error is still found", () => {
    const text = "fn f() {\n  // unroll\n  for (var i = 0u; i < 3u; i++) {\n    g(i);\n  }\n}\nfn h() {}";
    expect(linked(text).split("\n")).toHaveLength(text.split("\n").length);
    expect(link([{ path: "a.wgsl", text }]).locate(7)).toEqual({ path: "a.wgsl", line: 7 });
  });

  it("takes its bounds from parameters", () => {
    const text = "const N = 2u;\nfn f() {\n  // unroll\n  for (var i = 1u; i < N; i++) {\n    g(i);\n  }\n}";
    expect(linked(text, { N: 4 }).match(/g\(\du\)/g)).toEqual(["g(1u)", "g(2u)", "g(3u)"]);
  });

  it("leaves what is not a number alone", () => {
    const text =
      "fn f(n: u32) {\n  var a: array<f32, 4>;\n  // unroll\n  for (var i = 0u; i < n; i++) {\n    a[i] = 0.0;\n  }\n}";
    expect(linked(text)).toBe(text);
  });

  it("keeps an array that is also indexed by a variable", () => {
    const text =
      "fn f(n: u32) {\n  var a: array<f32, 2>;\n  // unroll\n  for (var i = 0u; i < 2u; i++) {\n    a[i] = 0.0;\n  }\n  a[n] = 1.0;\n}";
    expect(linked(text)).toContain("var a: array<f32, 2>;");
    expect(linked(text)).toContain("a[1u] = 0.0;");
  });

  it("gives arrays of vectors a variable an element too", () => {
    const text =
      "fn f() {\n  var a: array<vec4<f16>, 2>;\n  // unroll\n  for (var i = 0u; i < 2u; i++) {\n    a[i] = b[i];\n  }\n}";
    expect(linked(text)).toContain("var a_0: vec4<f16>; var a_1: vec4<f16>;");
  });

  it("splits arrays that modules share, whatever comments say of them", () => {
    const state = { path: "state.wgsl", text: "var<private> S: array<vec4f, 2>; // S, the state" };
    const main = {
      path: "main.wgsl",
      text: "fn f() -> f32 {\n  // unroll\n  for (var i = 0u; i < 2u; i++) {\n    S[i] += x.S;\n  }\n  return S[1].x; // of S\n}",
    };
    const { code } = link([main, state]);
    expect(code).toContain("var<private> S_0: vec4f; var<private> S_1: vec4f; // S, the state");
    expect(code).toContain("S_1 += x.S;");
    expect(code).toContain("return S_1.x; // of S");
    const other = { path: "other.wgsl", text: "fn g(i: u32) -> vec4f {\n  return S[i];\n}" };
    expect(link([main, state, other]).code).toContain("S[1u] += x.S;");
  });
});
