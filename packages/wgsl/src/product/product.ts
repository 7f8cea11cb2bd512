import { type Device, launch, type Slot } from "../launch";
import { type GpuArray, type GpuTensor, type Module, type Params, type Uniform, u32 } from "../runtime";
import matrixText from "./matrix.wgsl";
import plainText from "./plain.wgsl";
import productText from "./product.wgsl";
import { type Extent, tileCount, tileFor, tiles } from "./tiles";

const productModule: Module = { path: "product/product.wgsl", text: productText };
const plainModule: Module = { path: "product/plain.wgsl", text: plainText };
const matrixModule: Module = { path: "product/matrix.wgsl", text: matrixText };

// a side of the matrices
const SIDE = 16;

export interface ProductLaunch extends Extent {
  /** Declares Params, product_at, left4, right4 and emit4: see README. */
  readonly stage: Module;
  readonly uses?: readonly Module[] | undefined;
  readonly slots?: readonly Slot[] | undefined;
  readonly params?: Params | undefined;
  /** In which direction the loaders return four elements. */
  readonly along: { readonly left: "inner" | "rows"; readonly right: "inner" | "columns" };
  readonly terms?: 1 | 2 | undefined;
  /** Those after groups, row_tiles and column_tiles. */
  readonly uniforms: readonly Uniform[];
  /** Buffers that the stage binds itself, at 1, 2, …; those of the slots follow. */
  readonly bindings: readonly (GpuTensor | GpuArray)[];
  /** Whether the operands may be rounded to f16, as a device with subgroup matrices then does. */
  readonly matrices: boolean;
  /** Asks for tiles of 16 rows. */
  readonly rowTile?: 16 | undefined;
}

/** Multiplies at every place what a stage says, with the main module and the tile that suit device and sizes. */
export function launchProduct(
  device: Device,
  {
    stage,
    uses = [],
    slots,
    params,
    places,
    rows,
    columns,
    along,
    terms = 1,
    uniforms,
    bindings,
    matrices,
    rowTile,
  }: ProductLaunch,
): void {
  const byMatrices = matrices && device.info.matrices && rows >= SIDE && columns >= SIDE;
  const extent = { places, rows, columns };
  const [main, tile, shape] = byMatrices ? matrixMain(extent, rowTile) : plainMain(extent, rowTile);
  const counts = [Math.ceil(rows / tile.rows), Math.ceil(columns / tile.columns)];
  const groups = places * tileCount(tile, extent);
  launch(device, {
    main: stage,
    uses: [productModule, main, ...uses],
    slots,
    params: {
      ...params,
      ...shape,
      ROW_TILE: tile.rows,
      COLUMN_TILE: tile.columns,
      STEP: tile.step,
      TERMS: terms,
      LEFT_ALONG_INNER: along.left === "inner",
      RIGHT_ALONG_INNER: along.right === "inner",
    },
    uniforms: [...[groups, ...counts].map(u32), ...uniforms],
    bindings,
    workgroups: groups,
  });
}

function plainMain(extent: Extent, rowTile: 16 | undefined) {
  const tile = tileFor(tiles.plain, extent, rowTile);
  const shape: Params = { ROW_THREADS: tile.rowThreads, COLUMN_THREADS: tile.columnThreads };
  return [plainModule, tile, shape] as const;
}

function matrixMain(extent: Extent, rowTile: 16 | undefined) {
  const tile = tileFor(tiles.matrix, extent, rowTile);
  const { subRows: SUB_ROWS, subColumns: SUB_COLUMNS } = tile;
  const shape: Params = { SUB_ROWS, SUB_COLUMNS, RESULT_COLUMNS: Math.min(SUB_COLUMNS, 32) };
  return [matrixModule, tile, shape] as const;
}
