import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fromCuSeqlens,
  fromLengths,
  fromMask,
  fromPositionIds,
  fromSeqIdx,
  repeatTokens,
  type Side,
  splits,
  toMask,
  type Varlen,
} from "./index";

const ragged = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 });
const side = fc.constantFrom<Side>("left", "right");
const same = (a: Varlen, b: Varlen): void => {
  expect(Array.from(a.cuSeqlens)).toEqual(Array.from(b.cuSeqlens));
};

describe("a batch", () => {
  it("keeps the id of an empty sequence", () => {
    const varlen = fromCuSeqlens([0, 5, 5, 9]);
    expect(Array.from(varlen.seqIdx)).toEqual([0, 0, 0, 0, 0, 2, 2, 2, 2]);
    expect(Array.from(varlen.positionIds)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3]);
    expect(Array.from(varlen.lengths)).toEqual([5, 0, 4]);
    expect(Array.from(varlen.tokenIndices().subarray(8, 14))).toEqual([0, 4, 2, 0, 2, 1]);
    expect(varlen).toMatchObject({ sequences: 3, totalTokens: 9, maxLength: 5 });
    const chunks = varlen.chunks(4);
    expect(chunks).toMatchObject({ size: 4, count: 3 });
    expect(Array.from(chunks.indices)).toEqual([0, 0, 0, 1, 2, 0]);
    expect(Array.from(chunks.offsets)).toEqual([0, 2, 2, 3]);
  });

  it.each([
    { lengths: [], cuSeqlens: [0] },
    { lengths: [0], cuSeqlens: [0, 0] },
    { lengths: [0, 0, 3], cuSeqlens: [0, 0, 0, 3] },
    { lengths: [1, 2, 0], cuSeqlens: [0, 1, 3, 3] },
  ])("of lengths $lengths", ({ lengths, cuSeqlens }) => {
    const varlen = fromCuSeqlens(cuSeqlens, { totalTokens: cuSeqlens.at(-1)! });
    same(varlen, fromLengths(lengths));
    expect(Array.from(varlen.lengths)).toEqual(lengths);
    expect(varlen.sequences).toBe(lengths.length);
    expect(varlen.maxLength).toBe(Math.max(0, ...lengths));
    expect(varlen.seqIdx.length).toBe(varlen.totalTokens);
    expect(splits(varlen, 2).maxPerSequence).toBe(Math.ceil(varlen.maxLength / 2));
  });

  it("is frozen, computes once and does not keep the caller's array", () => {
    const given = Uint32Array.of(0, 2, 5);
    const varlen = fromCuSeqlens(given);
    given[1] = 4;
    expect(Array.from(varlen.lengths)).toEqual([2, 3]);
    expect(Object.isFrozen(varlen)).toBe(true);
    expect(varlen.seqIdx).toBe(varlen.seqIdx);
    expect(varlen.tokenIndices()).toBe(varlen.tokenIndices());
    expect(varlen.chunks(2)).toBe(varlen.chunks(2));
    expect(varlen.chunks(2)).not.toBe(varlen.chunks(3));
  });

  it.each([
    ["numbers", [3, 0, 2]],
    ["i8", Int8Array.of(3, 0, 2)],
    ["i64", BigInt64Array.of(3n, 0n, 2n)],
    ["u64", BigUint64Array.of(3n, 0n, 2n)],
  ])("takes whole numbers as %s", (_, lengths) => {
    expect(Array.from(fromLengths(lengths).cuSeqlens)).toEqual([0, 3, 3, 5]);
  });

  it.each([Float32Array.of(3, 0, 2), Float64Array.of(3, 0, 2)])(
    "refuses floats, whole or not: %o",
    (lengths) => {
      expect(() => fromLengths(lengths)).toThrow(
        `fromLengths: lengths must be an array of integers, got a ${lengths.constructor.name}. Convert it by Uint32Array.from.`,
      );
    },
  );

  it("reaches the last offset a u32 holds", () => {
    expect(fromLengths([4_294_967_295]).totalTokens).toBe(4_294_967_295);
    expect(fromLengths([2 ** 31, 2 ** 31 - 1]).maxLength).toBe(2 ** 31);
    expect(Array.from(fromLengths([2 ** 31]).chunks(2 ** 30).indices)).toEqual([0, 0, 0, 1]);
  });

  it("repeats tokens for micro-steps", () => {
    expect(Array.from(repeatTokens(fromLengths([2, 0, 3]), 3).lengths)).toEqual([6, 0, 9]);
  });
});

describe("every representation gives the batch back", () => {
  const property = (check: (varlen: Varlen, lengths: number[]) => void) =>
    fc.assert(fc.property(ragged, (lengths) => check(fromLengths(lengths), lengths)));

  it("lengths and cuSeqlens", () =>
    property((varlen, lengths) => {
      expect(Array.from(varlen.lengths)).toEqual(lengths);
      same(fromCuSeqlens(varlen.cuSeqlens, { totalTokens: varlen.totalTokens }), varlen);
    }));

  it("seqIdx", () =>
    property((varlen) => same(fromSeqIdx(varlen.seqIdx, { sequences: varlen.sequences }), varlen)));

  it("seqIdx alone, but for empty sequences at the end", () =>
    property((varlen, lengths) => {
      const seen = lengths.slice(0, lengths.findLastIndex((length) => length > 0) + 1);
      same(fromSeqIdx(varlen.seqIdx), fromLengths(seen));
    }));

  it("positionIds, but for empty sequences", () =>
    property((varlen, lengths) => {
      same(fromPositionIds(varlen.positionIds), fromLengths(lengths.filter((length) => length > 0)));
    }));

  it("a mask padded on either side, of any width", () =>
    fc.assert(
      fc.property(ragged, side, fc.integer({ min: 0, max: 5 }), (lengths, side, more) => {
        const varlen = fromLengths(lengths);
        const width = varlen.maxLength + more;
        const mask = toMask(varlen, { side, width });
        const shape = [varlen.sequences, width] as const;
        same(fromMask(mask, { shape, side }), varlen);
        same(fromMask(mask, { shape }), varlen);
        same(fromMask(Array.from(mask, Boolean), { shape, side }), varlen);
        same(fromMask(BigInt64Array.from(mask, BigInt), { shape, side }), varlen);
      }),
    ));

  it("tokenIndices pairs seqIdx with positionIds, which name each token once", () =>
    property((varlen) => {
      const pairs = varlen.tokenIndices();
      for (let t = 0; t < varlen.totalTokens; t++) {
        expect([pairs[2 * t], pairs[2 * t + 1]]).toEqual([varlen.seqIdx[t], varlen.positionIds[t]]);
        expect(varlen.cuSeqlens[pairs[2 * t]!]! + pairs[2 * t + 1]!).toBe(t);
      }
    }));
});

describe("chunks and splits", () => {
  it("cover every token exactly once and cross no sequence", () =>
    fc.assert(
      fc.property(ragged, fc.integer({ min: 1, max: 50 }), (lengths, size) => {
        const varlen = fromLengths(lengths);
        const { indices, offsets, count } = varlen.chunks(size);
        const pieces = splits(varlen, size);
        const covered: number[] = [];
        for (let c = 0; c < count; c++) {
          const [i, chunk] = [indices[2 * c]!, indices[2 * c + 1]!];
          const start = varlen.cuSeqlens[i]! + chunk * size;
          const end = Math.min(start + size, varlen.cuSeqlens[i + 1]!);
          expect(offsets[i]! + chunk).toBe(c);
          expect(end).toBeGreaterThan(start);
          expect([pieces.cuSeqlens[c], pieces.cuSeqlens[c + 1], pieces.sequence[c]]).toEqual([start, end, i]);
          for (let t = start; t < end; t++) covered.push(t);
        }
        expect(covered).toEqual(Array.from({ length: varlen.totalTokens }, (_, t) => t));
        const perSequence = lengths.map((_, i) => offsets[i + 1]! - offsets[i]!);
        expect(pieces.maxPerSequence).toBe(Math.max(0, ...perSequence));
      }),
    ));
});
