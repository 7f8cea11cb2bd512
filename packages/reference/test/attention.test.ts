import { fromLengths } from "@webfla/varlen";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CpuTensor } from "../src/index";
import { attn } from "../src/oracle/attn";
import { cpu, expectIndependent, f64, magnitude, noise, random, relativeError } from "./shared";

interface Case {
  readonly lengths: readonly number[];
  readonly H: number;
  readonly group: number;
  readonly K: number;
  readonly V: number;
  readonly window: number;
  readonly gated: boolean;
  readonly sunk: boolean;
  readonly seed: number;
}

function make({ lengths, H, group, K, V, gated, sunk, seed }: Case) {
  const rand = random(seed);
  const T = lengths.reduce((a, b) => a + b, 0);
  return {
    q: noise(rand, [T, H * group, K], -3, 3),
    k: noise(rand, [T, H, K]),
    v: noise(rand, [T, H, V]),
    g: gated ? noise(rand, [T, H * group], -1, 0) : undefined,
    sink: sunk ? noise(rand, [H * group]) : undefined,
  };
}

function agrees(c: Case): void {
  const { q, k, v, g, sink } = make(c);
  const varlen = fromLengths(c.lengths);
  const o = cpu.attention({ q, k, v, g, sink, window: c.window, varlen });
  const of = (values: CpuTensor) =>
    attn({
      q: f64(q),
      k: f64(k),
      v: f64(values),
      g: g && f64(g),
      sinkBias: sink && f64(sink),
      windowSize: c.window || Number.POSITIVE_INFINITY,
      cuSeqlens: varlen.cuSeqlens,
      sizes: { H: c.H, HQ: c.H * c.group, K: c.K, V: c.V },
    }).o;
  expect(relativeError(o.data, of(v), of(magnitude(v)))).toBeLessThan(1e-6);
}

const base: Case = {
  lengths: [70, 0, 1, 130, 5],
  H: 2,
  group: 2,
  K: 9,
  V: 6,
  window: 0,
  gated: false,
  sunk: false,
  seed: 1,
};
const variants = [
  {},
  { window: 10 },
  { window: 1 },
  { gated: true },
  { gated: true, window: 70 },
  { sunk: true },
  { sunk: true, window: 3, gated: true },
];

test.each(variants)("attention %o", (variant) => agrees({ ...base, ...variant }));

test("random shapes", () => {
  fc.assert(
    fc.property(
      fc.record({
        lengths: fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 4 }),
        H: fc.integer({ min: 1, max: 2 }),
        group: fc.integer({ min: 1, max: 3 }),
        K: fc.integer({ min: 1, max: 10 }),
        V: fc.integer({ min: 1, max: 10 }),
        window: fc.integer({ min: 0, max: 20 }),
        gated: fc.boolean(),
        sunk: fc.boolean(),
        seed: fc.integer(),
      }),
      agrees,
    ),
    { numRuns: 40 },
  );
});

test.each(variants)("packed is each alone, bit for bit: %o", (variant) => {
  const c = { ...base, ...variant };
  const { q, k, v, g, sink } = make(c);
  expectIndependent(c.lengths, ({ varlen, tokens }) => ({
    o: cpu.attention({
      q: tokens(q),
      k: tokens(k),
      v: tokens(v),
      g: g && tokens(g),
      sink,
      window: c.window,
      varlen,
    }),
  }));
});

test.each(variants)("the last queries alone, with all keys, get the same bits: %o", (variant) => {
  const c: Case = { ...base, ...variant };
  const { q, k, v, g, sink } = make(c);
  const keyVarlen = fromLengths(c.lengths);
  const rest = { k, v, g, sink, window: c.window };
  const whole = cpu.attention({ q, ...rest, varlen: keyVarlen });
  const left = [1, 0, 1, 67, 2];
  const index = cpu.tensor(
    Int32Array.from(
      left.flatMap((count, n) =>
        Array.from({ length: count }, (_, i) => keyVarlen.cuSeqlens[n + 1]! - count + i),
      ),
    ),
    [left.reduce((a, b) => a + b)],
  );
  const part = cpu.attention({
    q: cpu.gather({ x: q, index }),
    ...rest,
    varlen: fromLengths(left),
    keyVarlen,
  });
  expect(part.data).toEqual(cpu.gather({ x: whole, index }).data);
});
