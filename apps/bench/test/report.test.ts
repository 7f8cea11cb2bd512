import { expect, test } from "vitest";
import type { Measurement } from "../src/measure/measurement";
import { exponent, quantile, relativeError, spread } from "../src/measure/statistics";
import { modelOf } from "../src/ort/onnx";
import { columns, milliseconds, scaled } from "../src/report/numbers";
import { figures } from "../src/report/plots";
import { growths, tables } from "../src/report/table";

const ms = (medianMs: number) => ({ medianMs, p10Ms: medianMs, p90Ms: medianMs, samples: 3 });

const row = (x: number, time: number): Measurement => ({
  suite: "cost",
  name: `T=${x}`,
  on: "a GPU",
  correctnessOnly: false,
  error: 0,
  tolerance: 1e-5,
  coldMs: 1,
  warm: { ...ms(2 * time), fastestMs: time, slowestMs: 3 * time },
  gpu: ms(time),
  bytes: 100 * x,
  flops: 400 * x,
  points: [{ curve: "gla: tokens", axis: "tokens", x }],
  rivals: [{ name: "padded", ratio: 3, expected: 4 }],
});

test("statistics", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(spread([3, 1, 2])).toMatchObject({ medianMs: 2, p10Ms: 1.2, p90Ms: 2.8, samples: 3 });
  expect(exponent([1, 2, 4].map((x) => ({ x, y: 5 * x ** 1.5 })))).toBeCloseTo(1.5, 12);
  expect(relativeError([1, 2], [1, 2])).toBe(0);
  expect(relativeError([1], [1, 2])).toBeNaN();
});

test("numbers", () => {
  expect(milliseconds(0.1234)).toBe("123 µs");
  expect(milliseconds(12.34)).toBe("12.3 ms");
  expect(scaled(4.29e12, "B/s")).toBe("4.29 TB/s");
  expect(
    columns([
      ["a", "1", ""],
      ["bbb", "22", "x"],
    ]),
  ).toBe("a     1\nbbb  22  x");
});

test("a linear cost has the exponent 1, by the device's clock", () => {
  const [growth] = growths([row(1000, 1), row(10_000, 10), row(100_000, 100)]);
  expect(growth).toMatchObject({ curve: "gla: tokens", axis: "tokens", range: 100 });
  expect(growth!.exponent).toBeCloseTo(1, 12);
});

test("a row that is not right has no time", () => {
  const wrong = { ...row(8, 1), error: 0.1 };
  expect(tables([wrong])).toContain("refused: error above 0.00001");
  expect(tables([{ ...wrong, error: Number.NaN, failure: "no memory" }])).toContain("refused: no memory");
  expect(figures([wrong], [])).toEqual([]);
});

test("figures are drawn as they are written", () => {
  const rates = [
    { on: "a GPU", tiers: "all", bytesPerSecond: 1e12, flopsPerSecond: { f32: 1e13, f16: 1e14 } },
  ];
  const drawn = figures([row(1000, 1), row(10_000, 11)], rates);
  expect(drawn.map(({ title }) => title)).toEqual([
    "Roofline",
    "Time against tokens",
    "Packed against padded",
  ]);
  for (const { svg } of drawn) {
    expect(svg).toMatch(/<svg[\s\S]*<\/svg>/);
    expect(svg).not.toContain("NaN");
  }
});

test("an ONNX model of one operator", () => {
  const bytes = modelOf({
    domain: "com.microsoft",
    version: 1,
    type: "LinearAttention",
    attributes: { update_rule: "delta", q_num_heads: { int: 300 }, scale: 0.5 },
    inputs: [{ name: "query", shape: [1, 200] }, ""],
    outputs: [{ name: "output", shape: [1] }],
    dtype: "f16",
  });
  // field 1, a varint: the version of the format
  expect([...bytes.subarray(0, 2)]).toEqual([8, 10]);
  const text = Buffer.from(bytes).toString("latin1");
  for (const part of ["LinearAttention", "com.microsoft", "update_rule", "query"])
    expect(text).toContain(part);
  // 300 in sevens of bits, the lowest first
  expect(text).toContain("\x18\xac\x02");
});
