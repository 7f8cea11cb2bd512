import { fromLengths } from "@webfla/varlen";
import { expect, test } from "vitest";
import type { CpuTensor } from "../src/index";
import { hgrn } from "../src/oracle/hgrn";
import { mamba1 } from "../src/oracle/mamba1";
import { rwkv4 } from "../src/oracle/rwkv4";
import { cpu, expectIndependent, f64, noise, random, relativeError } from "./shared";

const lengths = [7, 0, 1, 2, 50];
const varlen = fromLengths(lengths);
const { cuSeqlens, totalTokens: T, sequences: N } = varlen;
const near = (got: CpuTensor | undefined, want: ArrayLike<number>) =>
  expect(relativeError(got?.data ?? [], want)).toBeLessThan(1e-6);

test.each([true, false])("scan, state given %s", (given) => {
  const rand = random(1);
  const D = 5;
  const [x, g] = [noise(rand, [T, D]), noise(rand, [T, D], -1, 0)];
  const initialState = given ? noise(rand, [N, D]) : undefined;
  const { o, finalState } = cpu.scan({ x, g, initialState, outputFinalState: true, varlen });
  const want = hgrn({
    x: f64(x),
    g: f64(g),
    initialState: initialState && f64(initialState),
    cuSeqlens,
    sizes: { D },
  });
  near(o, want.o);
  near(finalState, want.finalState);
  expectIndependent(lengths, ({ varlen, tokens, state }) =>
    cpu.scan({
      x: tokens(x),
      g: tokens(g),
      initialState: state(initialState ?? cpu.full(0, [N, D])),
      outputFinalState: true,
      varlen,
    }),
  );
});

test.each([true, false])("selectiveScan, state and skip given %s", (given) => {
  const rand = random(2);
  const [channels, S] = [5, 4];
  const [x, dt, A] = [
    noise(rand, [T, channels]),
    noise(rand, [T, channels], 0, 1),
    noise(rand, [channels, S], -2, 0),
  ];
  const [B, C] = [noise(rand, [T, S]), noise(rand, [T, S])];
  const D = given ? noise(rand, [channels]) : undefined;
  const initialState = given ? noise(rand, [N, channels, S]) : undefined;
  const { o, finalState } = cpu.selectiveScan({
    x,
    dt,
    A,
    B,
    C,
    D,
    initialState,
    outputFinalState: true,
    varlen,
  });
  const want = mamba1({
    x: f64(x),
    dt: f64(dt),
    A: f64(A),
    B: f64(B),
    C: f64(C),
    D: D && f64(D),
    initialState: initialState && f64(initialState),
    cuSeqlens,
    sizes: { D: channels, S },
  });
  near(o, want.o);
  near(finalState, want.finalState);
  expectIndependent(lengths, ({ varlen, tokens, state }) =>
    cpu.selectiveScan({
      x: tokens(x),
      dt: tokens(dt),
      A,
      B: tokens(B),
      C: tokens(C),
      D,
      initialState: state(initialState ?? cpu.full(0, [N, channels, S])),
      outputFinalState: true,
      varlen,
    }),
  );
});

test("rwkv4", () => {
  const rand = random(3);
  const Ch = 5;
  const [w, u] = [noise(rand, [Ch]), noise(rand, [Ch])];
  const [k, v] = [noise(rand, [T, Ch], -20, 20), noise(rand, [T, Ch])];
  const first = cpu.rwkv4({ w, u, k, v, outputFinalState: true, varlen });
  const numbers = { w: f64(w), u: f64(u), k: f64(k), v: f64(v), cuSeqlens, sizes: { C: Ch } };
  near(first.o, rwkv4(numbers).o);
  const initialState = noise(rand, [N, 3, Ch], 0.5, 1);
  const { o, finalState } = cpu.rwkv4({ w, u, k, v, initialState, outputFinalState: true, varlen });
  const want = rwkv4({ ...numbers, initialState: f64(initialState) });
  near(o, want.o);
  near(finalState, want.finalState);
  expectIndependent(lengths, ({ varlen, tokens, state }) =>
    cpu.rwkv4({
      w,
      u,
      k: tokens(k),
      v: tokens(v),
      initialState: state(first.finalState!),
      outputFinalState: true,
      varlen,
    }),
  );
});
