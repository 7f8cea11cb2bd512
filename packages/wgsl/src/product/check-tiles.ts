import { UnsupportedError } from "@webfla/ops";
import type { MatrixTile, PlainTile, Tiles } from "./tiles";

const SIDE = 16; // of a matrix
const MOST_THREADS = 256;

/** What a tile must be, and whether it is. */
type Rule = readonly [must: string, holds: boolean];

const divides = (part: number, whole: number): boolean => part > 0 && whole % part === 0;

function plainRules({ rows, columns, rowThreads, columnThreads, step }: PlainTile): readonly Rule[] {
  return [
    ["rows must be a multiple of 4 a row of threads", divides(4 * rowThreads, rows)],
    ["columns must be a multiple of 4 a column of threads", divides(4 * columnThreads, columns)],
    ["step must be a multiple of 4", divides(4, step)],
    [`there must be at most ${MOST_THREADS} threads`, rowThreads * columnThreads <= MOST_THREADS],
  ];
}

function matrixRules(tile: MatrixTile): readonly Rule[] {
  const { rows, columns, subRows, subColumns, step, resultColumns = Math.min(subColumns, 32) } = tile;
  const threads = 32 * (rows / subRows) * (columns / subColumns);
  return [
    ["subRows must be a multiple of 16 that divides rows", divides(SIDE, subRows) && divides(subRows, rows)],
    [
      "subColumns must be a multiple of 16 that divides columns",
      divides(SIDE, subColumns) && divides(subColumns, columns),
    ],
    [
      "resultColumns must be a multiple of 16 that divides subColumns",
      divides(SIDE, resultColumns) && divides(resultColumns, subColumns),
    ],
    ["step must be a multiple of 16", divides(SIDE, step)],
    ["innerUpTo must be positive", (tile.innerUpTo ?? 1) > 0],
    [`there must be at most ${MOST_THREADS} threads, 32 a subgroup`, threads <= MOST_THREADS],
    [
      "every thread must load as many fours as the others, of both operands",
      divides(4 * threads, rows * step) && divides(4 * threads, columns * step),
    ],
  ];
}

/** Throws UnsupportedError for a tile that the kernels of products cannot make. */
export function checkTiles({ plain, matrix }: Tiles): void {
  const check = (tile: PlainTile | MatrixTile, rules: readonly Rule[]): void => {
    const broken = rules.find(([, holds]) => !holds);
    if (broken)
      throw new UnsupportedError(
        `createWebGpu: tiles: ${broken[0]}, got ${JSON.stringify(tile)}. Correct it, or leave tiles out.`,
      );
  };
  for (const tile of plain) check(tile, plainRules(tile));
  for (const tile of matrix) check(tile, matrixRules(tile));
}
