import { expect, test } from "vitest";
import { checkTiles } from "./check-tiles";
import { tileFor, tiles } from "./tiles";

const [matrix] = tiles.matrix.slice(-1);
const [plain] = tiles.plain.slice(-1);

test("the tiles that a device has by default are ones that kernels make", () => {
  expect(() => checkTiles(tiles)).not.toThrow();
});

test.each([
  ["subRows must be a multiple of 16 that divides rows", { subRows: 24 }],
  ["subColumns must be a multiple of 16 that divides columns", { subColumns: 48 }],
  ["resultColumns must be a multiple of 16 that divides subColumns", { resultColumns: 32 }],
  ["step must be a multiple of 16", { step: 8 }],
  ["innerUpTo must be positive", { innerUpTo: 0 }],
  ["there must be at most 256 threads, 32 a subgroup", { subRows: 16 }],
  ["every thread must load as many fours as the others", { rows: 16, columns: 128, subRows: 16, step: 16 }],
])("matrix: %s", (must, wrong) => {
  expect(() => checkTiles({ plain: [], matrix: [{ ...matrix!, ...wrong }] })).toThrow(must);
});

test.each([
  ["rows must be a multiple of 4 a row of threads", { rows: 100 }],
  ["columns must be a multiple of 4 a column of threads", { columns: 36 }],
  ["step must be a multiple of 4", { step: 6 }],
  ["there must be at most 256 threads", { rowThreads: 32, columnThreads: 16 }],
])("plain: %s", (must, wrong) => {
  expect(() => checkTiles({ plain: [{ ...plain!, ...wrong }], matrix: [] })).toThrow(must);
});

test("a gate a channel asks for tiles of 16 rows, and says so where there are none", () => {
  const extent = { places: 4, rows: 64, columns: 64 };
  expect(tileFor(tiles.matrix, extent, 16).rows).toBe(16);
  expect(() => tileFor([matrix!], extent, 16)).toThrow("one of 16 rows");
});

test("a tile for short inner axes is taken where the axis is known to be short", () => {
  const extent = { places: 2048, rows: 128, columns: 128 };
  const step = (inner?: number) => tileFor(tiles.matrix, { ...extent, inner }, undefined).step;
  expect([step(), step(65), step(64)]).toEqual([32, 32, 16]);
});
