import { expect, it } from "vitest";
import {
  blockCsr,
  fromLengths,
  nextTokenLabels,
  pack,
  packPadded,
  packRows,
  prefillSteps,
  slice,
  type TypedArray,
  unpack,
  unpackPadded,
  VarlenError,
} from "./index";

const batch = fromLengths([3, 0, 2]);
const x = Uint8Array.of(1, 2, 3, 4, 5);
const whole = (name: string, least: 0 | 1) => `${name} must be a whole number from ${least} to 4294967295`;

type Row = [op: string, act: () => unknown, message: string];

const packing: Row[] = [
  ["pack", () => pack([]), "at least one sequence must be given, got 0. An empty batch is fromLengths([])."],
  [
    "pack",
    () => pack<TypedArray>([x, Int32Array.of(1)]),
    "sequences must have one type, got Int32Array at index 1 after Uint8Array. Convert them first.",
  ],
  [
    "pack",
    () => pack([x], { features: 2 }),
    "elements must be a multiple of 2 features, got 5 at index 0. Give whole tokens.",
  ],
  ["pack", () => pack([x], { features: 0 }), `${whole("features", 1)}, got 0. Give a count of at least 1.`],
  [
    "unpack",
    () => unpack(x.subarray(1), batch),
    "5 tokens of 1 features must have 5 elements, got 4. Give the array that belongs to this batch.",
  ],
  [
    "packPadded",
    () => packPadded({ x, shape: [2, 3], varlen: batch, side: "left" }),
    "shape[0] must be the 3 sequences, got 2. Give a row for each sequence.",
  ],
  [
    "packPadded",
    () => packPadded({ x, shape: [3, 2], varlen: batch, side: "left" }),
    "rows must hold the longest sequence, got 2 for the 3 tokens of sequence 0. Widen the rows or cut the sequence.",
  ],
  [
    "packPadded",
    () => packPadded({ x, shape: [3, 3], varlen: batch, side: "left" }),
    "x must have 3 x 3 x 1 elements, got 5. Check shape and features.",
  ],
  [
    "packPadded",
    () => packPadded({ x, shape: [1, 5], mask: [1, 0, 1, 1, 1] }),
    "the tokens of a row must have no hole, got none at column 1 and one at column 2 of row 0. Remove the masked tokens first.",
  ],
  [
    "unpackPadded",
    () => unpackPadded({ x, varlen: batch, side: "left", features: 2 }),
    "5 tokens of 2 features must have 10 elements, got 5. Give the array that belongs to this batch.",
  ],
  [
    "packRows",
    () => packRows([3, 9], { budget: 8 }),
    "documents must fit the budget of 8, got 9 tokens in document 1. Raise the budget or set split.",
  ],
  [
    "packRows",
    () => packRows([3], { budget: 0 }),
    `${whole("budget", 1)}, got 0. Give a count of at least 1.`,
  ],
  [
    "packRows",
    () => packRows([-3], { budget: 1 }),
    "lengths must be whole numbers from 0 to 4294967295, got -3 at index 0. Check where they were computed.",
  ],
];

const slicing: Row[] = [
  ...[
    [2, 2],
    [3, 2],
    [-1, 2],
    [0, 6],
    [0.5, 2],
    [0, Number.NaN],
  ].map(
    ([start = 0, end = 0]): Row => [
      "slice",
      () => slice(batch, { start, end }),
      `tokens must be a non-empty range in [0, 5), got [${start}, ${end}). Give whole bounds inside it.`,
    ],
  ),
  [
    "prefillSteps",
    () => prefillSteps(batch, { budget: 0 }),
    `${whole("budget", 1)}, got 0. Give a count of at least 1.`,
  ],
  [
    "prefillSteps",
    () => prefillSteps(batch, { budget: 8, align: 0 }),
    `${whole("align", 1)}, got 0. Give a count of at least 1.`,
  ],
  [
    "prefillSteps",
    () => prefillSteps(batch, { budget: 8, align: 16 }),
    "the budget must be at least align, 16, got 8. Raise the budget or lower align.",
  ],
];

const labels: Row[] = [
  [
    "nextTokenLabels",
    () => nextTokenLabels([1], batch),
    "5 tokens of 1 features must have 5 elements, got 1. Give the array that belongs to this batch.",
  ],
  ...[-1, 0.5, 2 ** 31].map(
    (token): Row => [
      "nextTokenLabels",
      () => nextTokenLabels([token, 0, 0, 0, 0], batch),
      `tokens must be whole numbers from 0 to 2147483647, got ${token} at index 0. Give token ids.`,
    ],
  ),
];

const csr = { blockIndices: [0, 0], shape: [1, 2, 1, 1], blockSize: 1 } as const;
const blocks: Row[] = [
  [
    "blockCsr",
    () => blockCsr({ ...csr, blockIndices: [0] }),
    "blockIndices must number 2, got 1. Check shape against the arrays.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, blockCounts: [1] }),
    "blockCounts must number 2, got 1. Check shape against the arrays.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, varlen: batch }),
    "shape[1], the tokens of the batch, must number 5, got 2. Check shape against the arrays.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, blockCounts: [1, 0.5] }),
    "blockCounts must be whole numbers from 0 to 4294967295, got 0.5 at index 1. Check where they were computed.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, numBlocks: 1 }),
    "numBlocks must be at least 2 for 2 tokens, got 1. Leave it out or raise it.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, shape: [2, 1, 1, 1], varlen: batch }),
    "the batch must be 1 beside varlen, got 2. Flatten [B, T] to [1, B*T] and offset each row.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, blockIndices: [0, 0.5] }),
    "block ids must be whole numbers, got 0.5 at index 1. Use -1 for none.",
  ],
  [
    "blockCsr",
    () => blockCsr({ ...csr, blockSize: 0 }),
    `${whole("blockSize", 1)}, got 0. Give a count of at least 1.`,
  ],
];

it.each([...packing, ...slicing, ...labels, ...blocks])("%s throws", (op, act, message) => {
  expect(act).toThrow(VarlenError);
  expect(act).toThrow(new VarlenError(`${op}: ${message}`));
});
