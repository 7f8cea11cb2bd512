import { fromLengths } from "@webfla/varlen";
import { expect, test } from "vitest";
import type { CpuTensor } from "../src/index";
import { rotary } from "../src/oracle/rotary";
import { shortConv } from "../src/oracle/short-conv";
import { tokenShift } from "../src/oracle/token-shift";
import { cpu, expectIndependent, f64, noise, random, relativeError } from "./shared";

const lengths = [7, 0, 1, 2, 30];
const varlen = fromLengths(lengths);
const { cuSeqlens, totalTokens: T, sequences: N } = varlen;
const near = (got: CpuTensor, want: ArrayLike<number>) =>
  expect(relativeError(got.data, want)).toBeLessThan(1e-6);

test.each([
  { W: 4, activation: "silu", bias: true, given: true },
  { W: 4, activation: undefined, bias: false, given: false },
  { W: 1, activation: undefined, bias: true, given: true },
  { W: 3, activation: "silu", bias: false, given: true },
] as const)("shortConv $W $activation bias $bias state $given", ({ W, activation, bias, given }) => {
  const rand = random(W);
  const D = 5;
  const [x, weight, b] = [noise(rand, [T, D]), noise(rand, [D, W]), bias ? noise(rand, [D]) : undefined];
  const initialState = given ? noise(rand, [N, D, W]) : undefined;
  const { o, finalState } = cpu.shortConv({
    x,
    weight,
    bias: b,
    activation,
    initialState,
    outputFinalState: true,
    varlen,
  });
  const want = shortConv({
    x: f64(x),
    weight: f64(weight),
    bias: b && f64(b),
    activation,
    initialState: initialState && f64(initialState),
    cuSeqlens,
    sizes: { D, W },
  });
  near(o, want.o);
  expect(finalState?.data).toEqual(Float32Array.from(want.finalState));
  expectIndependent(lengths, ({ varlen, tokens, state }) =>
    cpu.shortConv({
      x: tokens(x),
      weight,
      bias: b,
      activation,
      initialState: state(initialState ?? cpu.full(0, [N, D, W])),
      outputFinalState: true,
      varlen,
    }),
  );
});

test("shortConv never reads column 0 of its state", () => {
  const rand = random(3);
  const [x, weight] = [noise(rand, [1, 2]), noise(rand, [2, 3])];
  const state = cpu.tensor(Float32Array.of(Number.NaN, 1, 2, Number.NaN, 3, 4), [1, 2, 3]);
  const { o } = cpu.shortConv({ x, weight, initialState: state, varlen: fromLengths([1]) });
  expect(o.data.some(Number.isNaN)).toBe(false);
});

test.each([true, false])("tokenShift, cache %s", (given) => {
  const rand = random(4);
  const D = 6;
  const x = noise(rand, [T, D]);
  const cache = given ? noise(rand, [N, D]) : undefined;
  const { o, finalState } = cpu.tokenShift({ x, cache, outputFinalState: true, varlen });
  const want = tokenShift({ x: f64(x), initialState: cache && f64(cache), cuSeqlens, sizes: { D } });
  near(o, want.o);
  expect(finalState?.data).toEqual(Float32Array.from(want.finalState));
  expectIndependent(lengths, ({ varlen, tokens, state }) =>
    cpu.tokenShift({
      x: tokens(x),
      cache: state(cache ?? cpu.full(0, [N, D])),
      outputFinalState: true,
      varlen,
    }),
  );
});

test.each([true, false])(
  "rotary, interleaved %s, with offsets and channels left as they are",
  (interleaved) => {
    const rand = random(5);
    const [H, K, rest] = [2, 8, 3];
    const offsets = Uint32Array.of(0, 3, 9, 1, 10);
    const [cos, sin] = [noise(rand, [40, K / 2]), noise(rand, [40, K / 2])];
    const turned = noise(rand, [T, H, K]);
    const kept = noise(rand, [T, H, rest]);
    const x = cpu.concat({ xs: [turned, kept], axis: 2 });
    const o = cpu.rotary({ x, cos, sin, interleaved, offsets, varlen });
    const want = rotary({
      x: f64(turned),
      cos: f64(cos),
      sin: f64(sin),
      interleaved,
      seqlenOffsets: offsets,
      cuSeqlens,
      sizes: { H, K },
    });
    near(cpu.slice({ x: o, axis: 2, start: 0, end: K }), want.o);
    expect(cpu.slice({ x: o, axis: 2, start: K, end: K + rest }).data).toEqual(kept.data);
  },
);

test.each([
  { kind: "sum", reverse: false, chunkSize: 0 },
  { kind: "sum", reverse: true, chunkSize: 4 },
  { kind: "logSumExp", reverse: false, chunkSize: 4 },
  { kind: "logSumExp", reverse: true, chunkSize: 0 },
] as const)("cumulative $kind, reverse $reverse, chunks of $chunkSize", ({ kind, reverse, chunkSize }) => {
  const rand = random(6);
  const width = 3;
  const x = noise(rand, [T, width], -30, 30);
  const o = cpu.cumulative({ kind, x, reverse, chunkSize, varlen });
  const want = new Float64Array(T * width);
  for (let t = 0; t < T; t++)
    for (let i = 0; i < width; i++)
      for (let s = 0; s < T; s++) {
        const together =
          varlen.seqIdx[s] === varlen.seqIdx[t] &&
          (chunkSize === 0 ||
            Math.floor(varlen.positionIds[s]! / chunkSize) ===
              Math.floor(varlen.positionIds[t]! / chunkSize));
        if (!together || (reverse ? s < t : s > t)) continue;
        const value = x.data[s * width + i]!;
        want[t * width + i]! += kind === "sum" ? value : Math.exp(value);
      }
  near(o, kind === "sum" ? want : want.map(Math.log));
  expectIndependent(lengths, ({ varlen, tokens }) => ({
    o: cpu.cumulative({ kind, x: tokens(x), reverse, chunkSize, varlen }),
  }));
});

test("a running logSumExp passes over −∞", () => {
  const x = cpu.tensor(Float32Array.of(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0), [4]);
  const o = cpu.cumulative({ kind: "logSumExp", x, varlen: fromLengths([4]) });
  expect([...o.data]).toEqual([-Infinity, -Infinity, 0, Math.fround(Math.LN2)]);
});
