/** A tile of the f32 main: threads as rowThreads × columnThreads, each with blocks of 4 × 4. */
export interface PlainTile {
  readonly rows: number;
  readonly columns: number;
  readonly rowThreads: number;
  readonly columnThreads: number;
  /** Of the inner axis at a time. */
  readonly step: number;
}

/** A tile of the subgroup-matrix main: each subgroup makes subRows × subColumns of it. */
export interface MatrixTile {
  readonly rows: number;
  readonly columns: number;
  readonly subRows: number;
  readonly subColumns: number;
  /** Of the inner axis at a time. */
  readonly step: number;
}

/** Tiles of both mains, the smallest first in rows, then in columns. */
export interface Tiles {
  readonly plain: readonly PlainTile[];
  readonly matrix: readonly MatrixTile[];
}

export const tiles: Tiles = {
  plain: [
    { rows: 16, columns: 64, rowThreads: 4, columnThreads: 16, step: 16 },
    { rows: 32, columns: 32, rowThreads: 8, columnThreads: 8, step: 16 },
    { rows: 64, columns: 64, rowThreads: 8, columnThreads: 8, step: 16 },
    { rows: 128, columns: 128, rowThreads: 16, columnThreads: 16, step: 16 },
  ],
  matrix: [
    { rows: 16, columns: 64, subRows: 16, subColumns: 16, step: 32 },
    { rows: 32, columns: 64, subRows: 16, subColumns: 32, step: 32 },
    { rows: 64, columns: 64, subRows: 32, subColumns: 32, step: 32 },
    { rows: 128, columns: 128, subRows: 64, subColumns: 64, step: 32 },
  ],
};

// tiles that fill a device twice over
const WORKGROUPS = 256;

/** What a product must have at most: rows and columns of a place, and places. */
export interface Extent {
  readonly places: number;
  readonly rows: number;
  readonly columns: number;
}

export const tileCount = (
  { rows, columns }: Pick<PlainTile, "rows" | "columns">,
  of: Pick<Extent, "rows" | "columns">,
): number => Math.ceil(of.rows / rows) * Math.ceil(of.columns / columns);

/** The largest tile whose half the product fills and that leaves work for a whole device; of 16 rows where they are asked for. */
export function tileFor<Tile extends PlainTile | MatrixTile>(
  choices: readonly Tile[],
  extent: Extent,
  rowTile: 16 | undefined,
): Tile {
  const fits = (tile: Tile): boolean =>
    rowTile !== undefined
      ? tile.rows === rowTile
      : tile.rows < 2 * extent.rows &&
        tile.columns < 2 * extent.columns &&
        (tile.rows <= 64 || extent.places * tileCount(tile, extent) >= WORKGROUPS);
  return choices.findLast(fits) ?? choices[0]!;
}
