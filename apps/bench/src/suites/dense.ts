import { fromLengths } from "@webfla/varlen";
import type { Case, Size, Work } from "../cases/case";
import { type Input, ids, signed, strengths } from "../cases/draw";
import { matmulOf } from "../cases/matmul";

const tolerance = { f32: 1e-5, f16: 2e-3 };

const vectorProduct = (rows: number, n: number): Work => ({
  inputs: { a: signed([rows, n]), b: signed([n, n]) },
  run: (ops, { a, b }) => [ops.matmul({ a: a!, b: b!, transposeB: true })],
  flops: 2 * rows * n * n,
});

export const matmulCases = ({ small }: Size): readonly Case[] => {
  const n = small ? 128 : 4096;
  return [
    { name: `matmul ${n}³`, work: matmulOf(n), check: matmulOf(small ? 64 : 160), tolerance },
    ...[1, 64].map((rows) => ({
      name: `${rows} × ${n} by ${n} × ${n}, transposed`,
      work: vectorProduct(rows, n),
      check: vectorProduct(rows, 96),
      tolerance,
    })),
  ];
};

type Module = (rows: number, width: number) => Work;

const modules: Readonly<Record<string, Module>> = {
  "rms norm": (T, D) => ({
    inputs: { x: signed([T, D]), weight: signed([D], "f32") },
    run: (ops, { x, weight }) => [ops.norm({ kind: "rms", x: x!, weight: weight!, eps: 1e-6 })],
  }),
  "gated rms norm": (T, D) => ({
    inputs: { x: signed([T, D]), gate: signed([T, D]), weight: signed([D], "f32") },
    run: (ops, { x, gate, weight }) => [
      ops.norm({ kind: "rms", x: x!, gate: gate!, weight: weight!, eps: 1e-6 }),
    ],
  }),
  "layer norm": (T, D) => ({
    inputs: { x: signed([T, D]), weight: signed([D], "f32"), bias: signed([D], "f32") },
    run: (ops, { x, weight, bias }) => [
      ops.norm({ kind: "layer", x: x!, weight: weight!, bias: bias!, eps: 1e-6 }),
    ],
  }),
  "short conv, silu": (T, D) => {
    const varlen = fromLengths([T >> 1, T - (T >> 1)]);
    return {
      inputs: { x: signed([T, D]), weight: signed([D, 4], "f32") },
      run: (ops, { x, weight }) => [ops.shortConv({ x: x!, weight: weight!, activation: "silu", varlen }).o],
    };
  },
  silu: (T, D) => ({
    inputs: { x: signed([T, D]) },
    run: (ops, { x }) => [ops.unary({ kind: "silu", x: x! })],
  }),
  "product of two": (T, D) => ({
    inputs: { a: signed([T, D]), b: strengths([T, D]) },
    run: (ops, { a, b }) => [ops.binary({ kind: "mul", a: a!, b: b! })],
  }),
  "l2 norm of heads": (T, D) => ({
    inputs: { x: signed([T, D]) },
    run: (ops, { x }) => [ops.norm({ kind: "l2", x: x!, groupSize: Math.min(D, 64), eps: 1e-6 })],
  }),
  "cross entropy": (T, D) => {
    const classes = 8 * D;
    const rows = Math.max(8, T >> 2);
    const targets: Input = ids([rows], classes);
    return {
      inputs: { logits: signed([rows, classes]), targets },
      run: (ops, { logits, targets }) => [ops.crossEntropy({ logits: logits!, targets: targets! })],
    };
  },
};

/** What a layer has around its state: bound by memory, so their floor is bytes. */
export const moduleCases = ({ small }: Size): readonly Case[] => {
  const [T, D] = small ? [64, 64] : [16_384, 2048];
  const chosen = Object.entries(modules).filter(([name]) => !small || /rms norm|conv|cross/.test(name));
  return chosen.map(([name, work]) => ({
    name: `${name} ${T} × ${D}`,
    work: work(T, D),
    check: work(40, 64),
    tolerance,
  }));
};
