import { describe, expect, it } from "vitest";
import {
  fromCuSeqlens,
  fromLengths,
  fromMask,
  fromPositionIds,
  fromSeqIdx,
  type Integers,
  packRows,
  repeatTokens,
  splits,
  toMask,
  VarlenError,
} from "./index";

const batch = fromLengths([3, 0, 2]);
const huge = fromLengths([2 ** 31]);
const numbers = (name: string) => `${name} must be whole numbers from 0 to 4294967295`;
const whole = (name: string, least: 0 | 1) => `${name} must be a whole number from ${least} to 4294967295`;
const tooMany = "an array must have at most 4294967295 elements";
const wrong = (values: unknown) => values as Integers;

type Row = [what: string, act: () => unknown, message: string];

const offsets: Row[] = [
  ["none", () => fromCuSeqlens([]), "offsets must have at least one element, got 0. An empty batch is [0]."],
  [
    "first not 0",
    () => fromCuSeqlens([3, 5]),
    "the first offset must be 0, got 3. Offsets are [0, n0, n0 + n1, ...].",
  ],
  [
    "decreasing",
    () => fromCuSeqlens([0, 9, 5]),
    "offsets must not decrease, got 9 then 5 at index 2. Sort or rebuild them from lengths.",
  ],
  [
    "last below T",
    () => fromCuSeqlens([0, 9], { totalTokens: 12 }),
    "the last offset must equal totalTokens, got 9 for 12 tokens. Every token must belong to a sequence.",
  ],
  [
    "last above T",
    () => fromCuSeqlens([0, 9], { totalTokens: 8 }),
    "the last offset must equal totalTokens, got 9 for 8 tokens. Every token must belong to a sequence.",
  ],
  [
    "B > 1",
    () => fromCuSeqlens([0, 9], { batch: 4 }),
    "the batch must be 1 beside offsets, got 4. Flatten [B, T] to [1, B*T] and offset each row.",
  ],
  ...[
    [[0, Number.NaN], "NaN at index 1"],
    [[0, Number.POSITIVE_INFINITY], "Infinity at index 1"],
    [[0, 2.5], "2.5 at index 1"],
    [[0, 0.5], "0.5 at index 1"],
    [Int32Array.of(0, -1), "-1 at index 1"],
    [BigInt64Array.of(0n, -1n), "-1 at index 1"],
    [BigUint64Array.of(0n, 2n ** 64n - 1n), "18446744073709551615 at index 1"],
    [[0, 2 ** 32], "4294967296 at index 1"],
    [["0"], "0 at index 0"],
    [[null], "null at index 0"],
    [[0, true], "true at index 1"],
    [{ length: 1 }, "undefined at index 0"],
  ].map(
    ([values, got]): Row => [
      String(got),
      () => fromCuSeqlens(wrong(values)),
      `${numbers("offsets")}, got ${String(got)}. Check where they were computed.`,
    ],
  ),
  ["too many", () => fromCuSeqlens({ length: 2 ** 32 }), `${tooMany}, got 4294967296. Split the batch.`],
];

const lengths: Row[] = [
  [
    "negative",
    () => fromLengths([3, -2]),
    `${numbers("lengths")}, got -2 at index 1. Check where they were computed.`,
  ],
  [
    "fraction",
    () => fromLengths([0.5]),
    `${numbers("lengths")}, got 0.5 at index 0. Check where they were computed.`,
  ],
  [
    "too many tokens",
    () => fromLengths([2 ** 31, 2 ** 31]),
    "the tokens must number at most 4294967295, got 4294967296 at index 1. Split the batch.",
  ],
];

const ids: Row[] = [
  [
    "decreasing",
    () => fromSeqIdx([0, 2, 1]),
    "ids must not decrease, got 2 then 1 at index 2. Sort the tokens by sequence.",
  ],
  [
    "padding",
    () => fromSeqIdx([0, -1]),
    `${numbers("ids")}, got -1 at index 1. Check where they were computed.`,
  ],
  [
    "too few sequences",
    () => fromSeqIdx([0, 2], { sequences: 2 }),
    "ids must be below sequences, got 2 at index 1 for 2 sequences. Give the number of sequences, empty ones too.",
  ],
  [
    "sequences",
    () => fromSeqIdx([0], { sequences: 1.5 }),
    `${whole("sequences", 0)}, got 1.5. Give a count of at least 0.`,
  ],
];

const places: Row[] = [
  [
    "continued",
    () => fromPositionIds([4, 5]),
    "places must start at 0 and go up by 1, got 4 at index 0. Give offsets to fromCuSeqlens instead.",
  ],
  [
    "jump",
    () => fromPositionIds([0, 1, 3]),
    "places must start at 0 and go up by 1, got 1 then 3 at index 2. Give offsets to fromCuSeqlens instead.",
  ],
  [
    "fraction",
    () => fromPositionIds([0, 0.5]),
    `${numbers("places")}, got 0.5 at index 1. Check where they were computed.`,
  ],
];

const masks: Row[] = [
  [
    "hole",
    () => fromMask([1, 1, 1, 1, 0, 1], { shape: [2, 3] }),
    "the tokens of a row must have no hole, got none at column 1 and one at column 2 of row 1. Remove the masked tokens first.",
  ],
  [
    "not 0 or 1",
    () => fromMask([0, 2], { shape: [1, 2] }),
    "the mask must hold only 0 and 1, got 2 at row 0, column 1. Compare it with 0 first.",
  ],
  [
    "NaN",
    () => fromMask([Number.NaN], { shape: [1, 1] }),
    "the mask must hold only 0 and 1, got NaN at row 0, column 0. Compare it with 0 first.",
  ],
  [
    "size",
    () => fromMask([1], { shape: [2, 3] }),
    "the mask must have 2 x 3 elements, got 1. Give it flat, row by row.",
  ],
  [
    "shape",
    () => fromMask([], { shape: [-1, 3] }),
    `${whole("shape[0]", 0)}, got -1. Give a count of at least 0.`,
  ],
  [
    "the other side",
    () => fromMask([1, 1, 0], { shape: [1, 3], side: "left" }),
    "rows must be padded on the left only, got tokens at columns 0 to 1 of 3 in row 0. Name the side the padding is on.",
  ],
  [
    "the other side",
    () => fromMask([0, 1, 1], { shape: [1, 3], side: "right" }),
    "rows must be padded on the right only, got tokens at columns 1 to 2 of 3 in row 0. Name the side the padding is on.",
  ],
  [
    "both sides",
    () => fromMask([0, 1, 0], { shape: [1, 3] }),
    "rows must be padded on one side only, got tokens at columns 1 to 1 of 3 in row 0. Shift the row to an edge.",
  ],
];

const derived: Row[] = [
  ["chunks", () => batch.chunks(0), `${whole("size", 1)}, got 0. Give a count of at least 1.`],
  ["chunks", () => batch.chunks(2.5), `${whole("size", 1)}, got 2.5. Give a count of at least 1.`],
  ["chunks", () => splits(batch, -1), `${whole("size", 1)}, got -1. Give a count of at least 1.`],
  [
    "toMask",
    () => toMask(batch, { side: "left", width: 2 }),
    "rows must hold the longest sequence, got 2 for the 3 tokens of sequence 0. Widen the rows or cut the sequence.",
  ],
  [
    "toMask",
    () => toMask(fromLengths([2 ** 31, 1]), { side: "left" }),
    `${tooMany}, got 4294967296. Split the batch.`,
  ],
  ["repeatTokens", () => repeatTokens(batch, 0), `${whole("n", 1)}, got 0. Give a count of at least 1.`],
  [
    "repeatTokens",
    () => repeatTokens(huge, 2),
    "the tokens must number at most 4294967295, got 4294967296 from 2147483648 times 2. Split the batch.",
  ],
];

const expectMessage = (op: string, act: () => unknown, message: string): void => {
  expect(act).toThrow(VarlenError);
  expect(act).toThrow(RangeError);
  expect(act).toThrow(new VarlenError(`${op}: ${message}`));
};

describe.each([
  { op: "fromCuSeqlens", rows: offsets },
  { op: "fromLengths", rows: lengths },
  { op: "fromSeqIdx", rows: ids },
  { op: "fromPositionIds", rows: places },
  { op: "fromMask", rows: masks },
])("$op throws", ({ op, rows }) => {
  it.each(rows)("%s", (_, act, message) => expectMessage(op, act, message));
});

it.each(derived)("%s throws", (op, act, message) => expectMessage(op, act, message));

it("an array longer than a u32 can count throws before it is filled", () => {
  expectMessage("chunks", () => huge.chunks(1), `${tooMany}, got 4294967296. Split the batch.`);
  expectMessage("tokenIndices", () => huge.tokenIndices(), `${tooMany}, got 4294967296. Split the batch.`);
  const rows = () => packRows([2 ** 32 - 1, 1], { budget: 1, split: true });
  expectMessage("packRows", rows, `${tooMany}, got 4294967296. Split the batch.`);
});

it("names itself", () => {
  expect(new VarlenError("x").name).toBe("VarlenError");
});
