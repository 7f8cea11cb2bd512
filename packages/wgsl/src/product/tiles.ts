import { UnsupportedError } from "@webfla/ops";

/** A tile of the f32 main: threads as rowThreads × columnThreads, each with blocks of 4 × 4. */
export interface PlainTile {
  readonly rows: number;
  readonly columns: number;
  readonly rowThreads: number;
  readonly columnThreads: number;
  /** Of the inner axis at a time. */
  readonly step: number;
}

/** A tile of a main with subgroup matrices: each subgroup of 32 threads makes subRows × subColumns of it. */
export interface MatrixTile {
  readonly rows: number;
  readonly columns: number;
  readonly subRows: number;
  readonly subColumns: number;
  /** Of the inner axis at a time. */
  readonly step: number;
  /** Columns of a subgroup's block that leave at a time. Default 32, or all where it has fewer. */
  readonly resultColumns?: number | undefined;
  /** For products of which the inner axis is known to be at most this. Default: for all. */
  readonly innerUpTo?: number | undefined;
}

/** Tiles that products may take, the larger ones after the smaller. */
export interface Tiles {
  readonly plain: readonly PlainTile[];
  readonly matrix: readonly MatrixTile[];
}

/** The tiles of a device that was given no others: see README for why these. */
export const tiles: Tiles = {
  plain: [
    { rows: 16, columns: 64, rowThreads: 4, columnThreads: 16, step: 16 },
    { rows: 32, columns: 32, rowThreads: 8, columnThreads: 8, step: 16 },
    { rows: 32, columns: 64, rowThreads: 8, columnThreads: 8, step: 16 },
    { rows: 64, columns: 64, rowThreads: 8, columnThreads: 8, step: 16 },
    { rows: 128, columns: 128, rowThreads: 16, columnThreads: 16, step: 16 },
  ],
  matrix: [
    { rows: 16, columns: 64, subRows: 16, subColumns: 16, step: 32 },
    { rows: 32, columns: 64, subRows: 32, subColumns: 16, step: 16 },
    { rows: 64, columns: 64, subRows: 32, subColumns: 32, step: 32 },
    { rows: 64, columns: 128, subRows: 32, subColumns: 32, step: 32 },
    { rows: 64, columns: 128, subRows: 64, subColumns: 16, step: 16, innerUpTo: 64 },
  ],
};

/** Bytes of workgroup memory of a tile: both operands in f16, the longer way, or results, and the flags of what is beyond f16. */
export function workgroupBytes({
  rows,
  columns,
  subRows,
  subColumns,
  step,
  resultColumns = Math.min(subColumns, 32),
}: MatrixTile): number {
  const subgroups = (rows / subRows) * (columns / subColumns);
  const operand = (side: number): number => 2 * Math.max(side * (step + 8), step * (side + 8));
  return Math.max(operand(rows) + operand(columns), subgroups * 16 * (resultColumns + 4) * 4) + 32;
}

/** How many places a launch has, and the most rows and columns of one. */
export interface Extent {
  readonly places: number;
  readonly rows: number;
  readonly columns: number;
  /** The longest inner axis, where it is known. */
  readonly inner?: number | undefined;
}

// a side beyond this makes a tile large
const LARGE = 64;
// large tiles that keep a device busy
const WORKGROUPS = 256;

/** Tiles of a place, down and across. */
export const tilesOf = (
  tile: Pick<PlainTile, "rows" | "columns">,
  { rows, columns }: Extent,
): readonly [down: number, across: number] => [
  Math.ceil(rows / tile.rows),
  Math.ceil(columns / tile.columns),
];

/**
 * The last tile that a place fills by more than half; a large one only where there are enough of them for a whole device. Throws
 * UnsupportedError where there is none.
 */
export function tileFor<Tile extends PlainTile | MatrixTile>(
  choices: readonly Tile[],
  extent: Extent,
  rowTile: 16 | undefined,
): Tile {
  const fits = (tile: Tile): boolean => {
    if (rowTile !== undefined) return tile.rows === rowTile;
    const innerUpTo = "innerUpTo" in tile ? tile.innerUpTo : undefined;
    if ((extent.inner ?? Infinity) > (innerUpTo ?? Infinity)) return false;
    const [down, across] = tilesOf(tile, extent);
    const isLarge = tile.rows > LARGE || tile.columns > LARGE;
    return (
      tile.rows < 2 * extent.rows &&
      tile.columns < 2 * extent.columns &&
      (!isLarge || extent.places * down * across >= WORKGROUPS)
    );
  };
  const found = choices.findLast(fits) ?? (rowTile === undefined ? choices[0] : undefined);
  if (!found)
    throw new UnsupportedError(
      `createWebGpu: tiles must have one of ${rowTile ?? "any"} rows, got ${JSON.stringify(choices)}. Add it, or leave tiles out.`,
    );
  return found;
}
