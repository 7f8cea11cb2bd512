import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockCsr, fromLengths } from "./index";

const selection = fc.record({
  lengths: fc.array(fc.nat(9), { maxLength: 5 }),
  H: fc.integer({ min: 1, max: 2 }),
  S: fc.integer({ min: 1, max: 3 }),
  blockSize: fc.integer({ min: 1, max: 4 }),
  seed: fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1 }),
});

describe("blockCsr", () => {
  it("packed is each sequence alone as a dense row", () =>
    fc.assert(
      fc.property(selection, ({ lengths, H, S, blockSize, seed }) => {
        const varlen = fromLengths(lengths);
        const T = varlen.totalTokens;
        const blockIndices = Array.from({ length: T * H * S }, (_, i) => seed[i % seed.length]!);
        const counts = Array.from({ length: T * H }, (_, i) => i % (S + 1));
        const packed = blockCsr({
          blockIndices,
          shape: [1, T, H, S],
          blockSize,
          varlen,
          blockCounts: counts,
        });
        const { offsets: base } = varlen.chunks(blockSize);
        for (const [i, length] of lengths.entries()) {
          const from = varlen.cuSeqlens[i]! * H;
          const alone = blockCsr({
            blockIndices: blockIndices.slice(from * S, (from + length * H) * S),
            blockCounts: counts.slice(from, from + length * H),
            shape: [1, length, H, S],
            blockSize,
          });
          const numBlocks = Math.ceil(length / blockSize);
          for (let s = 0; s < numBlocks; s++) {
            for (let h = 0; h < H; h++) {
              const there = (base[i]! + s) * H + h;
              const here = h * numBlocks + s;
              const mine = packed.queries.subarray(packed.offsets[there], packed.offsets[there + 1]);
              const theirs = alone.queries.subarray(alone.offsets[here], alone.offsets[here + 1]);
              expect(Array.from(mine)).toEqual(Array.from(theirs, (query) => query + varlen.cuSeqlens[i]!));
            }
          }
        }
        expect(packed.offsets.length).toBe(base[lengths.length]! * H + 1);
      }),
    ));

  it("does not take a sequence's missing block for its neighbour's", () => {
    const varlen = fromLengths([2, 2]);
    const { offsets, queries } = blockCsr({
      blockIndices: [0, 0, 1, 0],
      shape: [1, 4, 1, 1],
      blockSize: 2,
      varlen,
    });
    expect(Array.from(offsets)).toEqual([0, 2, 3]);
    expect(Array.from(queries)).toEqual([0, 1, 3]);
  });
});
