import { fromCuSeqlens, fromLengths } from "@webfla/varlen";
import { beforeEach, describe, expect, it } from "vitest";
import {
  createOps,
  DisposedError,
  type LinearAttentionArgs,
  ShapeError,
  type Tensor,
  UnsupportedError,
} from "../src";
import { type Call, FakeTensor, fakeBackend } from "./fake-backend";

let ops: ReturnType<typeof createOps<FakeTensor>>;
let calls: Call[];
beforeEach(() => {
  const fake = fakeBackend();
  ops = createOps(fake.backend);
  calls = fake.calls;
  FakeTensor.live = 0;
});

const t = (...shape: number[]): FakeTensor => ops.full(0, shape);
const varlen = fromLengths([3, 0, 2]);
const base = (): LinearAttentionArgs<FakeTensor> => ({ q: t(5, 2, 4), k: t(5, 2, 4), v: t(5, 6, 3), varlen });

describe("linearAttention", () => {
  it("fills in every default", () => {
    ops.linearAttention(base());
    expect(calls[0]?.args).toMatchObject({
      scale: 0.5,
      steps: 1,
      qkL2Norm: false,
      outputFinalState: false,
      read: { kind: "after" },
      sizes: { T: 5, N: 3, H: 2, HV: 6, K: 4, V: 3 },
    });
  });

  const wrong: readonly [
    string,
    (b: LinearAttentionArgs<FakeTensor>) => Partial<LinearAttentionArgs<FakeTensor>>,
    RegExp,
  ][] = [
    ["a batch axis", () => ({ q: t(1, 5, 2, 4) }), /q must be \[T, H, K\], got \[1, 5, 2, 4\]\. Reshape/],
    ["rows unlike the batch", () => ({ q: t(6, 2, 4) }), /q must have 5 rows .* got 6/],
    ["k unlike q", () => ({ k: t(5, 2, 5) }), /k must be \[5, 2, 4\], got \[5, 2, 5\]/],
    ["heads that do not divide", () => ({ v: t(5, 3, 3) }), /multiple of key heads, got HV 3 and H 2/],
    ["steps without their rows", () => ({ steps: 2 }), /k must be \[10, 2, 4\]/],
    ["fractional steps", () => ({ steps: 1.5 }), /steps must be an integer in 1\.\.64, got 1\.5/],
    ["a NaN scale", () => ({ scale: Number.NaN }), /scale must be finite, got NaN/],
    [
      "a head decay of wrong size",
      () => ({ decay: { kind: "head", slopes: t(2) } }),
      /head decay must be \[6\], got \[2\]/,
    ],
    [
      "a scalar decay per key head",
      () => ({ decay: { kind: "scalar", g: t(5, 2) } }),
      /scalar decay must be \[5, 6\]/,
    ],
    [
      "a vector decay along V",
      () => ({ decay: { kind: "vector", g: t(5, 6, 3) } }),
      /vector decay must be \[5, 6, 4\]/,
    ],
    [
      "a value decay along K",
      () => ({ decay: { kind: "value", g: t(5, 6, 4) } }),
      /value decay must be \[5, 6, 3\]/,
    ],
    [
      "beta per key head",
      () => ({ erase: { kind: "delta", beta: t(5, 2) } }),
      /erase\.beta must be \[5, 6\], got \[5, 2\]/,
    ],
    [
      "an erase key of odd heads",
      () => ({ erase: { kind: "delta", eraseKey: t(5, 3, 4) } }),
      /eraseKey must be \[5, 2\|6, 4\]/,
    ],
    [
      "a low-rank b of wrong rows",
      () => ({ erase: { kind: "lowRank", a: t(5, 2, 4), b: t(4, 2, 4) } }),
      /erase\.b must be/,
    ],
    ["a bonus of wrong size", () => ({ read: { kind: "bonus", u: t(2, 4) } }), /read\.u must be \[6, 4\]/],
    [
      "too few states",
      () => ({ initialState: t(2, 6, 4, 3) }),
      /initialState must be \[3, 6, 4, 3\], got \[2, 6, 4, 3\].*empty ones too/,
    ],
    [
      "an f16 state",
      () => ({ initialState: ops.full(0, [3, 6, 4, 3], "f16") }),
      /initialState must be f32, got f16/,
    ],
  ];
  it.each(wrong)("refuses %s before the backend sees it", (_, change, message) => {
    const args = base();
    const broken = { ...args, ...change(args) };
    const live = FakeTensor.live;
    expect(() => ops.linearAttention(broken)).toThrow(ShapeError);
    expect(() => ops.linearAttention(broken)).toThrow(message);
    expect(calls).toHaveLength(0);
    expect(FakeTensor.live).toBe(live);
  });

  it("refuses a disposed tensor by name", () => {
    const args = base();
    args.v.dispose();
    expect(() => ops.linearAttention(args)).toThrow(DisposedError);
    expect(() => ops.linearAttention(args)).toThrow(/v must be alive/);
  });

  it("takes an erase key with key heads or value heads, and an empty batch", () => {
    for (const heads of [2, 6])
      ops.linearAttention({ ...base(), erase: { kind: "delta", eraseKey: t(5, heads, 4) } });
    ops.linearAttention({ q: t(0, 1, 4), k: t(0, 1, 4), v: t(0, 1, 4), varlen: fromCuSeqlens([0]) });
    expect(calls).toHaveLength(3);
  });
});

describe("other verbs refuse", () => {
  const cases: readonly [string, () => unknown, RegExp][] = [
    [
      "inner sizes that differ",
      () => ops.matmul({ a: t(2, 3), b: t(4, 5) }),
      /inner sizes must agree, got \[2, 3\] · \[4, 5\]/,
    ],
    ["a bias of wrong size", () => ops.matmul({ a: t(2, 3), b: t(3, 5), bias: t(4) }), /bias must be \[5\]/],
    [
      "shapes that do not broadcast",
      () => ops.binary({ kind: "add", a: t(2, 3), b: t(2, 4) }),
      /must broadcast, got \[2, 3\] and \[2, 4\]/,
    ],
    [
      "too few settings of a draw",
      () => ops.sample({ logits: t(2, 9), temperature: [1, 1], topK: [0], topP: [1, 1], uniform: [0, 0] }),
      /topK must have 2 numbers, got 1/,
    ],
    [
      "a draw that cannot be",
      () => ops.sample({ logits: t(2, 9), temperature: [1, 1], topK: [0, 0], topP: [1, 0], uniform: [0, 0] }),
      /topP must be in \(0, 1\], got 0 in row 1/,
    ],
    ["float indices", () => ops.gather({ x: t(4, 2), index: t(3) }), /index must be i32, got f32/],
    [
      "a slice past the end",
      () => ops.slice({ x: t(4, 2), axis: 0, start: 1, end: 5 }),
      /end must be an integer in 0\.\.4, got 5/,
    ],
    [
      "joined shapes that differ",
      () => ops.concat({ xs: [t(4, 2), t(4, 3)], axis: 0 }),
      /xs\[1\] must be \[4, 2\]/,
    ],
    [
      "a group that does not divide",
      () => ops.norm({ kind: "rms", x: t(2, 6), eps: 1e-6, groupSize: 4 }),
      /groupSize must divide 6, got 4/,
    ],
    [
      "a gate of another shape",
      () => ops.norm({ kind: "rms", x: t(2, 6), eps: 1e-6, gate: t(6) }),
      /gate must be \[2, 6\]/,
    ],
    [
      "a filter of other channels",
      () => ops.shortConv({ x: t(5, 3), weight: t(4, 2), varlen }),
      /weight must be \[3, 2\]/,
    ],
    [
      "a rotary table too short",
      () => ops.rotary({ x: t(5, 1, 4), cos: t(2, 2), sin: t(2, 2), varlen }),
      /cover sequence 0 up to position 3, got 2 rows/,
    ],
    [
      "fewer keys than queries",
      () =>
        ops.attention({
          q: t(5, 2, 4),
          k: t(4, 2, 4),
          v: t(4, 2, 4),
          varlen,
          keyVarlen: fromLengths([2, 0, 2]),
        }),
      /sequence 0 must have at least as many keys/,
    ],
    [
      "query heads that do not divide",
      () => ops.attention({ q: t(5, 3, 4), k: t(5, 2, 4), v: t(5, 2, 4), varlen }),
      /multiple of key heads, got 3 and 2/,
    ],
    [
      "targets of another length",
      () => ops.crossEntropy({ logits: t(5, 8), targets: ops.full(0, [4], "i32") }),
      /targets must be \[5\], got \[4\]/,
    ],
    [
      "data that does not fill the shape",
      () => ops.tensor(new Float32Array(3), [2, 2]),
      /must hold 4 elements, got 3/,
    ],
    ["float data as ids", () => ops.tensor(new Float32Array(4), [4], "i32"), /must come from an Int32Array/],
    ["a reshape that loses elements", () => ops.reshape(t(2, 3), [5]), /must hold 6 elements, got 5/],
  ];
  it.each(cases)("%s", (_, call, message) => {
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(message);
    expect(calls).toHaveLength(0);
  });

  it("a dtype the device lacks", () => {
    const narrow = createOps(fakeBackend(["f32", "i32"]).backend);
    expect(() => narrow.full(0, [1], "f16")).toThrow(UnsupportedError);
    expect(() => narrow.cast({ x: narrow.full(0, [1]), dtype: "f16" })).toThrow(
      /must be one that fake has \(f32, i32\), got f16/,
    );
  });
});

describe("scope", () => {
  it("disposes what is not returned and hands on what is, through nesting and containers", () => {
    const kept = ops.scope(() => {
      t(1);
      const inner = ops.scope(() => {
        t(2);
        return new Map<string, { list: Tensor[] }>([["a", { list: [t(3), t(4)] }]]);
      });
      expect(FakeTensor.live).toBe(3);
      return inner;
    });
    expect(FakeTensor.live).toBe(2);
    for (const x of kept.get("a")?.list ?? []) x.dispose();
    expect(FakeTensor.live).toBe(0);
  });

  it("disposes everything when the body throws", () => {
    expect(() =>
      ops.scope(() => {
        t(1);
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(FakeTensor.live).toBe(0);
  });

  it("leaves alone what was made outside", () => {
    const outside = t(1);
    ops.scope(() => outside);
    expect(outside.disposed).toBe(false);
  });

  it("refuses an asynchronous body", () => {
    expect(() => ops.scope(async () => t(1))).toThrow(/must be synchronous/);
  });
});
