import { binaryKinds, unaryKinds } from "@webfla/ops";
import type { Case } from "./maker";

const positive: readonly string[] = ["log", "sqrt", "rsqrt", "reciprocal"];
const extremes = [-100, -90, -30, -5, -1e-3, -1e-6, 0, 1e-6, 1e-3, 5, 30, 60];

const elementwise: readonly Case[] = [
  ...unaryKinds.map(
    (kind): Case => ({
      name: `unary ${kind}`,
      run: (m) => {
        const isPositive = positive.includes(kind);
        const x = isPositive ? m.uniform([3, 171], 0.01, 9) : m.normal([3, 171], 2);
        const far = m.given(
          kind === "exp"
            ? extremes.map((x) => Math.min(x, 9))
            : extremes.map((x) => (isPositive ? 1 + x ** 2 : x)),
          [extremes.length],
        );
        return { o: m.ops.unary({ kind, x }), far: m.ops.unary({ kind, x: far }) };
      },
    }),
  ),
  ...binaryKinds.map(
    (kind): Case => ({
      name: `binary ${kind}`,
      run: ({ ops, normal, uniform }) => ({
        same: ops.binary({ kind, a: normal([5, 7]), b: uniform([5, 7], 0.5, 2) }),
        middle: ops.binary({ kind, a: normal([2, 3, 5, 7]), b: uniform([2, 1, 5, 1], 0.5, 2) }),
        both: ops.binary({ kind, a: normal([4, 1, 3]), b: uniform([5, 1], 0.5, 2) }),
        scalar: ops.binary({ kind, a: normal([]), b: uniform([3, 1], 0.5, 2, "f32") }),
        empty: ops.binary({ kind, a: normal([0, 3]), b: uniform([3], 0.5, 2) }),
      }),
    }),
  ),
  {
    name: "affine",
    run: ({ ops, normal }) => ({
      o: ops.affine({ x: normal([300]), scale: -2.5, shift: 0.75 }),
      plain: ops.affine({ x: normal([2, 3]) }),
    }),
  },
  {
    name: "cast and fill",
    run: ({ ops, normal, ids, given }) => ({
      wide: ops.cast({ x: normal([33]), dtype: "f32" }),
      whole: ops.cast({ x: given([-2.7, -0.5, 0, 0.5, 1.9, 1000], [6]), dtype: "i32" }),
      fromIds: ops.cast({ x: ids(19, 1000), dtype: "f32" }),
      copy: ops.cast({ x: given([2 ** 24 + 1, -7], [2], "i32"), dtype: "i32" }),
      ones: ops.full(1.5, [7, 5]),
      ids: ops.full(2 ** 24 + 1, [3], "i32"),
    }),
  },
];

/** temperature, topK, topP, uniform */
const sampling: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 1, 0.5],
  [1, 0, 1, 0],
  [1, 0, 1, 0.311],
  [0.7, 0, 1, 0.999999],
  [1, 1, 1, 0.9],
  [1.3, 40, 1, 0.777],
  [1, 0, 0.9, 0.641],
  [2, 0, 0.3, 0.987],
  [0.8, 7, 0.8, 0.123],
  [1e-6, 3, 0.5, 0.4],
  [50, 100, 0.999, 0.55],
  [1, 1_000_000, 1, 0.25],
  [1, 0, 1e-6, 0.99],
];

const products: readonly Case[] = [
  [1, 1, 1],
  [1, 70, 33],
  [3, 130, 65],
  [7, 5, 300],
  [9, 17, 31],
  [65, 66, 33],
  [130, 3, 5],
  [4, 6, 0],
  [12, 20, 700],
].flatMap(([M, N, K]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map(
      (transposeB): Case => ({
        name: `matmul ${M}×${K}·${K}×${N}${transposeA ? " Aᵀ" : ""}${transposeB ? " Bᵀ" : ""}`,
        run: ({ ops, normal }) => {
          const a = normal(transposeA ? [K!, M!] : [M!, K!]);
          const b = normal(transposeB ? [N!, K!] : [K!, N!]);
          const options = { a, b, transposeA, transposeB };
          const other =
            transposeA === transposeB
              ? ops.matmul({ ...options, bias: normal([N!]), dtype: "f32" })
              : ops.matmul({ ...options, b: ops.cast({ x: b, dtype: "f32" }) });
          return { o: ops.matmul(options), other };
        },
      }),
    ),
  ),
);

const rows: readonly Case[] = [
  {
    name: "matmul folds leading axes",
    run: ({ ops, normal }) => ({ o: ops.matmul({ a: normal([3, 5, 7]), b: normal([7, 9]) }) }),
  },
  {
    name: "gather",
    run: ({ ops, normal, given, ids }) => ({
      rows: ops.gather({ x: normal([11, 3, 5]), index: ids(40, 11) }),
      outside: ops.gather({ x: normal([4, 3]), index: given([0, -1, 4, 3, 1000], [5], "i32") }),
      ids: ops.gather({ x: ids(9, 100), index: ids(5, 9) }),
      none: ops.gather({ x: normal([4, 3]), index: given([], [0], "i32") }),
    }),
  },
  {
    name: "scatterAdd",
    run: ({ ops, normal, given, ids }) => ({
      rows: ops.scatterAdd({ rows: normal([600, 7]), index: ids(600, 13), count: 13 }),
      outside: ops.scatterAdd({
        rows: normal([5, 3]),
        index: given([0, -1, 4, 3, 1000], [5], "i32"),
        count: 4,
      }),
      none: ops.scatterAdd({ rows: normal([0, 3]), index: given([], [0], "i32"), count: 4 }),
    }),
  },
  {
    name: "transpose",
    run: ({ ops, normal, ids }) => ({
      matrix: ops.transpose({ x: normal([33, 50]) }),
      batch: ops.transpose({ x: normal([2, 3, 17, 5]) }),
      ids: ops.transpose({ x: ops.reshape(ids(12, 99), [3, 4]) }),
    }),
  },
  {
    name: "slice and concat",
    run: ({ ops, normal, ids }) => {
      const x = normal([5, 7, 3]);
      return {
        first: ops.slice({ x, axis: 0, start: 2, end: 5 }),
        middle: ops.slice({ x, axis: 1, start: 1, end: 6 }),
        last: ops.slice({ x, axis: 2, start: 0, end: 2 }),
        none: ops.slice({ x, axis: 1, start: 3, end: 3 }),
        ids: ops.slice({ x: ids(9, 50), axis: 0, start: 4, end: 9 }),
        rows: ops.concat({ xs: [x, normal([2, 7, 3])], axis: 0 }),
        flat: ops.concat({ xs: [5, 4, 8, 0, 1, 3, 4, 12].map((n) => normal([n])), axis: 0 }),
        fours: ops.concat({ xs: [normal([1, 4, 3]), normal([1, 8, 3])], axis: 1 }),
        columns: ops.concat({ xs: [x, normal([5, 0, 3]), normal([5, 4, 3]), x], axis: 1 }),
        channels: ops.concat({ xs: [normal([5, 7, 1]), x], axis: -1 + 3 }),
      };
    },
  },
  ...(["sum", "sumSquares", "max"] as const).map(
    (kind): Case => ({
      name: `reduce ${kind}`,
      run: ({ ops, normal }) => ({
        last: ops.reduce({ kind, x: normal([5, 700]) }),
        first: ops.reduce({ kind, x: normal([70, 5, 9]), axis: 0 }),
        middle: ops.reduce({ kind, x: normal([3, 33, 40]), axis: 1 }),
        vector: ops.reduce({ kind, x: normal([17]) }),
        long: ops.reduce({ kind, x: normal([2, 4999, 3]), axis: 1 }),
      }),
    }),
  ),
  {
    name: "reduce sum of nothing",
    run: ({ ops, normal }) => ({ o: ops.reduce({ kind: "sum", x: normal([3, 0]) }) }),
  },
  ...[1, 5, 64, 1000].map(
    (width): Case => ({
      name: `softmax and argmax of ${width}`,
      run: ({ ops, normal, given }) => ({
        softmax: ops.softmax({ x: normal([7, width], 10) }),
        argmax: ops.argmax({ x: normal([3, 2, width], 5) }),
        ties: ops.argmax({
          x: given(
            Array.from({ length: width }, (_, i) => (i % 3 === 1 ? 4 : 1)),
            [1, width],
          ),
        }),
        lowest: ops.argmax({
          x: given(
            Array.from({ length: width }, () => -60000),
            [1, width],
          ),
        }),
      }),
    }),
  ),
  ...[1, 5, 258, 1500].map(
    (width): Case => ({
      name: `sample of ${width}`,
      run: ({ ops, normal, given }) => {
        const settings = sampling.map(([temperature, topK, topP, uniform]) => ({
          temperature,
          topK,
          topP,
          uniform,
        }));
        const draw = (logits: ReturnType<typeof normal>) =>
          ops.sample({
            logits,
            temperature: settings.map((s) => s.temperature),
            topK: settings.map((s) => s.topK),
            topP: settings.map((s) => s.topP),
            uniform: settings.map((s) => s.uniform),
          });
        const rows = sampling.length;
        const { token, logProbability } = draw(normal([rows, width], 3));
        // few values: equals on every side of every cut
        const equals = Array.from({ length: rows * width }, (_, i) => ((i * 7) % 5) - 2);
        const tied = draw(given(equals, [rows, width]));
        return { token, logProbability, tied: tied.token, tiedLog: tied.logProbability };
      },
    }),
  ),
  {
    name: "sample of what is not finite",
    run: ({ ops, given }) => {
      const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
      const logits = given(
        [1, nan, nan, 1, 3, inf, inf, 1, -inf, -inf, -inf, -inf, 1, -inf, -inf, 0],
        [4, 4],
      );
      const each = (x: number) => [x, x, x, x];
      return ops.scope(() => {
        const draw = { logits, temperature: each(1), topK: each(0), topP: each(1), uniform: each(0.5) };
        return { token: ops.sample(draw).token, cut: ops.sample({ ...draw, topK: each(3) }).token };
      });
    },
  },
  ...(["taylor", "square"] as const).flatMap((kind) =>
    [1, 2, 7, 16].map(
      (D): Case => ({
        name: `featureMap ${kind} ${D}`,
        run: ({ ops, normal }) => ({ o: ops.featureMap({ kind, x: normal([5, 3, D]), scale: 0.35 }) }),
      }),
    ),
  ),
  ...(["rms", "layer", "l2"] as const).flatMap((kind) =>
    [
      { D: 5, groupSize: 5 },
      { D: 96, groupSize: 32 },
      { D: 700, groupSize: 700 },
    ].map(
      ({ D, groupSize }): Case => ({
        name: `norm ${kind} ${D}/${groupSize}`,
        run: ({ ops, normal }) => {
          const x = normal([3, 7, D], 3);
          const [weight, bias, gate] = [normal([D]), normal([D]), normal([3, 7, D])];
          const call = { kind, x, eps: 1e-5, groupSize };
          return {
            plain: ops.norm(call),
            weight: ops.norm({ ...call, weight }),
            bias: ops.norm({ ...call, weight, bias }),
            silu: ops.norm({ ...call, weight, bias, gate }),
            sigmoid: ops.norm({ ...call, gate, activation: "sigmoid" }),
            gateFirst: ops.norm({ ...call, weight, gate, gateFirst: true }),
          };
        },
      }),
    ),
  ),
  {
    name: "crossEntropy",
    run: ({ ops, normal, given }) => {
      const logits = normal([5, 333], 4);
      const targets = given([0, 332, -100, 17, 100], [5], "i32");
      return {
        o: ops.crossEntropy({ logits, targets }),
        smooth: ops.crossEntropy({ logits, targets, labelSmoothing: 0.1, zLoss: 0.02 }),
        ignore: ops.crossEntropy({ logits, targets: given([17, 17, 3, 4, 17], [5], "i32"), ignoreIndex: 17 }),
      };
    },
  },
];

/** Verbs without sequences. */
export const denseCases: readonly Case[] = [...elementwise, ...products, ...rows];
