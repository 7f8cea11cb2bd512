import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromLengths, prefillSteps, type Slice, slice, type Varlen } from "./index";

const ragged = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });
const summary = ({ start, end, varlen, sequence, offset, starts, finishes }: Slice) => ({
  tokens: [start, end],
  lengths: Array.from(varlen.lengths),
  sequence: Array.from(sequence),
  offset: Array.from(offset),
  starts: Array.from(starts),
  finishes: Array.from(finishes),
});

function expectWhole(varlen: Varlen, parts: readonly Slice[]): void {
  const seen = Array.from(varlen.lengths, () => ({ tokens: 0, starts: 0, finishes: 0 }));
  let next = 0;
  for (const { start, end, varlen: part, sequence, offset, starts, finishes } of parts) {
    expect(start).toBe(next);
    expect(part.totalTokens).toBe(end - start);
    next = end;
    sequence.forEach((row, i) => {
      const state = seen[row]!;
      expect(state.finishes).toBe(0);
      expect(starts[i]).toBe(state.starts === 0 ? 1 : 0);
      expect(offset[i]).toBe(state.tokens);
      expect(varlen.cuSeqlens[row]! + offset[i]!).toBe(start + part.cuSeqlens[i]!);
      state.tokens += part.lengths[i]!;
      state.starts += starts[i]!;
      state.finishes += finishes[i]!;
    });
  }
  expect(next).toBe(varlen.totalTokens);
  expect(seen).toEqual(Array.from(varlen.lengths, (tokens) => ({ tokens, starts: 1, finishes: 1 })));
}

describe("slice", () => {
  it("says which states are fresh, carried in and carried on", () => {
    const varlen = fromLengths([3, 0, 5, 2, 0]);
    expect(summary(slice(varlen, { start: 0, end: 3 }))).toEqual({
      tokens: [0, 3],
      lengths: [3],
      sequence: [0],
      offset: [0],
      starts: [1],
      finishes: [1],
    });
    expect(summary(slice(varlen, { start: 1, end: 6 }))).toEqual({
      tokens: [1, 6],
      lengths: [2, 0, 3],
      sequence: [0, 1, 2],
      offset: [1, 0, 0],
      starts: [0, 1, 1],
      finishes: [1, 1, 0],
    });
    expect(summary(slice(varlen, { start: 6, end: 10 }))).toEqual({
      tokens: [6, 10],
      lengths: [2, 2, 0],
      sequence: [2, 3, 4],
      offset: [3, 0, 0],
      starts: [0, 1, 1],
      finishes: [1, 1, 1],
    });
  });

  it("joined again is the whole, at any cuts", () =>
    fc.assert(
      fc.property(ragged, fc.array(fc.nat(400)), (lengths, marks) => {
        const varlen = fromLengths(lengths);
        const T = varlen.totalTokens;
        const cuts = [...new Set([0, T, ...marks.filter((m) => m < T)])].sort((a, b) => a - b);
        const parts =
          T === 0
            ? [slice(varlen, { start: 0, end: 0 })]
            : cuts.slice(1).map((end, i) => slice(varlen, { start: cuts[i]!, end }));
        expectWhole(varlen, parts);
      }),
    ));
});

describe("prefillSteps", () => {
  it("keeps the budget, cuts where align allows, and is the whole", () =>
    fc.assert(
      fc.property(ragged, fc.integer({ min: 1, max: 16 }), fc.nat(40), (lengths, align, more) => {
        const varlen = fromLengths(lengths);
        const budget = align + more;
        const steps = prefillSteps(varlen, { budget, align });
        expectWhole(varlen, steps);
        for (const { varlen: part, offset } of steps) {
          expect(part.totalTokens).toBeLessThanOrEqual(budget);
          for (const before of offset) expect(before % align).toBe(0);
        }
        // without alignment no step but the last may leave room
        const full = prefillSteps(varlen, { budget });
        for (const step of full.slice(0, -1)) expect(step.varlen.totalTokens).toBe(budget);
      }),
    ));

  it("has one step for empty sequences and none for no sequence", () => {
    expect(prefillSteps(fromLengths([]), { budget: 8 })).toEqual([]);
    expect(prefillSteps(fromLengths([0, 0]), { budget: 8 }).map(summary)).toEqual([
      { tokens: [0, 0], lengths: [0, 0], sequence: [0, 1], offset: [0, 0], starts: [1, 1], finishes: [1, 1] },
    ]);
  });
});
