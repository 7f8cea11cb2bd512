import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packRows, type Rows } from "./index";
import { orderedSet } from "./ordered-set";

const budget = 32;
const documents = fc.array(fc.integer({ min: 0, max: budget }), { maxLength: 60 });
const loads = ({ rows, offsets, lengths }: Rows) =>
  rows.map((_, r) => lengths.subarray(offsets[r], offsets[r + 1]).reduce((sum, n) => sum + n, 0));
const descending = (a: number, b: number) => b - a;

function place(lengths: number[], choose: (rooms: number[], length: number) => number): number[] {
  const rooms: number[] = [];
  for (const length of lengths) {
    const at = choose(rooms, length);
    if (at < 0) rooms.push(budget - length);
    else rooms[at]! -= length;
  }
  return rooms;
}
const firstFit = (lengths: number[]) =>
  place(lengths, (rooms, length) => rooms.findIndex((room) => room >= length));
const naiveBestFit = (lengths: number[]) =>
  place(lengths, (rooms, length) => rooms.indexOf(Math.min(...rooms.filter((room) => room >= length))));

describe("packRows", () => {
  it("puts each document into the fullest row that holds it", () => {
    const packed = packRows([5, 3, 8, 2, 0, 6], { budget: 10 });
    expect(packed.rows.map((row) => Array.from(row))).toEqual([[2, 3, 4], [5, 1], [0]]);
    expect(packed.fillRatio).toBeCloseTo(24 / 30, 12);
  });

  it("holds every document once, whole, within the budget, the same way each time", () =>
    fc.assert(
      fc.property(documents, (lengths) => {
        const packed = packRows(lengths, { budget });
        const ids = packed.rows.flatMap((row) => Array.from(row));
        expect(ids.toSorted((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
        expect(Array.from(packed.documents)).toEqual(ids);
        expect(Array.from(packed.lengths)).toEqual(ids.map((id) => lengths[id]!));
        expect(packed.starts.every((start) => start === 0)).toBe(true);
        for (const load of loads(packed)) expect(load).toBeLessThanOrEqual(budget);
        const tokens = lengths.reduce((sum, n) => sum + n, 0);
        expect(packed.fillRatio).toBe(lengths.length === 0 ? 1 : tokens / (packed.rows.length * budget));
        expect(packRows(Uint32Array.from(lengths), { budget })).toEqual(packed);
      }),
    ));

  it("is best-fit decreasing to the row", () =>
    fc.assert(
      fc.property(documents, (lengths) => {
        const naive = naiveBestFit(lengths.toSorted(descending)).map((room) => budget - room);
        expect(loads(packRows(lengths, { budget })).sort(descending)).toEqual(naive.sort(descending));
      }),
    ));

  it("is no worse than first-fit by more than 11/9 + 4, and no two rows could be one", () =>
    fc.assert(
      fc.property(documents, (lengths) => {
        const filled = loads(packRows(lengths, { budget })).sort((a, b) => a - b);
        expect(filled.length).toBeLessThanOrEqual((11 / 9) * firstFit(lengths).length + 4);
        if (filled.length > 1) expect(filled[0]! + filled[1]!).toBeGreaterThan(budget);
      }),
    ));

  it("splits only documents longer than the budget, into pieces that join to them", () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 * budget })), (lengths) => {
        const packed = packRows(lengths, { budget, split: true });
        const pieces = Array.from(packed.documents, (document, i) => ({
          document,
          start: packed.starts[i]!,
          length: packed.lengths[i]!,
        })).sort((a, b) => a.document - b.document || a.start - b.start);
        const joined = lengths.map(() => 0);
        for (const { document, start, length } of pieces) {
          expect(start).toBe(joined[document]);
          expect(start % budget).toBe(0);
          joined[document]! += length;
        }
        expect(joined).toEqual(lengths);
        expect(pieces.length).toBe(lengths.reduce((sum, n) => sum + Math.max(1, Math.ceil(n / budget)), 0));
        for (const load of loads(packed)) expect(load).toBeLessThanOrEqual(budget);
      }),
    ));

  it("takes 200,000 documents in well under quadratic time", () => {
    const lengths = Uint32Array.from(
      { length: 200_000 },
      (_, i) => 1 + ((Math.imul(i, 2_654_435_761) >>> 0) % 1_000_000),
    );
    const started = performance.now();
    const packed = packRows(lengths, { budget: 1_000_003 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(packed.fillRatio).toBeGreaterThan(0.99);
  });
});

describe("orderedSet", () => {
  it("finds what a sorted list finds, over the whole range of a u32", () => {
    const value = fc.oneof(fc.nat(70), fc.integer({ min: 0, max: 4_294_967_295 }));
    const change = fc.record({ add: fc.boolean(), value });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), fc.array(value), (changes, probes) => {
        const mine = orderedSet();
        const theirs = new Set<number>();
        for (const { add, value } of changes) {
          mine[add ? "add" : "remove"](value);
          theirs[add ? "add" : "delete"](value);
        }
        const sorted = [...theirs].sort((a, b) => a - b);
        for (const probe of [...probes, ...changes.map((c) => c.value)]) {
          expect(mine.ceiling(probe)).toBe(sorted.find((member) => member >= probe));
        }
      }),
    );
  });
});
