import { type Device, launch, type Slot } from "../launch";
import { type GpuArray, type GpuTensor, type Module, type Params, type Uniform, u32 } from "../runtime";
import { fours, matrices as subgroupMatrices } from "../shared";
import leftComputed from "./left.computed.wgsl";
import leftStored from "./left.stored.wgsl";
import matrixText from "./matrix.wgsl";
import operandText from "./operand.wgsl";
import plainText from "./plain.wgsl";
import productText from "./product.wgsl";
import rightComputed from "./right.computed.wgsl";
import rightStored from "./right.stored.wgsl";
import { type Extent, tileFor, tiles, tilesOf, workgroupBytes } from "./tiles";
import { turns } from "./turns";
import { inHalves } from "./view";

const productModule: Module = { path: "product/product.wgsl", text: productText };
const plainModule: Module = { path: "product/plain.wgsl", text: plainText };
const matrixModule: Module = { path: "product/matrix.wgsl", text: matrixText };
/** Operands of matrices, and whether one was beyond f16. */
export const operandModule: Module = { path: "product/operand.wgsl", text: operandText };
const leftModules = {
  stored: { path: "product/left.stored.wgsl", text: leftStored },
  computed: { path: "product/left.computed.wgsl", text: leftComputed },
} as const;
const rightModules = {
  stored: { path: "product/right.stored.wgsl", text: rightStored },
  computed: { path: "product/right.computed.wgsl", text: rightComputed },
} as const;

/** Half a matrix. */
export const HALF = 8;

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
  /** Operands that the loaders return as they are stored, and hold ahead as nothing else: where that is f16, none is beyond it. */
  readonly asStored?:
    | { readonly left?: GpuTensor | undefined; readonly right?: GpuTensor | undefined }
    | undefined;
  /** Asks for tiles of 16 rows. */
  readonly rowTile?: 16 | undefined;
}

/** Multiplies at every place what a stage says, with the main module and the tile that suit device and sizes. */
export function launchProduct(
  device: Device,
  {
    stage,
    uses = [],
    slots = [],
    params,
    places,
    rows,
    columns,
    inner,
    along,
    terms = 1,
    uniforms,
    bindings,
    matrices,
    asStored = {},
    rowTile,
  }: ProductLaunch,
): void {
  const extent = { places, rows, columns, inner };
  // by the sizes of a place alone: which neighbours it has changes nothing
  const byMatrices = matrices && device.info.matrices && rows > HALF && columns > HALF;
  const { modules, tile, shape } = byMatrices
    ? matrixMain(device, extent, asStored, rowTile)
    : plainMain(device, extent, rowTile);
  const [down, across] = tilesOf(tile, extent);
  const groups = places * down * across;
  launch(device, {
    main: stage,
    uses: [fours, productModule, ...modules, ...uses],
    slots: [turns(device), ...slots],
    params: {
      ...params,
      ...shape,
      ROW_TILE: tile.rows,
      COLUMN_TILE: tile.columns,
      TERMS: terms,
      LEFT_ALONG_INNER: along.left === "inner",
      RIGHT_ALONG_INNER: along.right === "inner",
    },
    uniforms: [...[groups, down, across].map(u32), ...uniforms],
    bindings,
    workgroups: groups,
  });
}

function plainMain(device: Device, extent: Extent, rowTile: 16 | undefined) {
  const tile = tileFor((device.tiles ?? tiles).plain, extent, rowTile);
  const shape: Params = {
    STEP: tile.step,
    ROW_THREADS: tile.rowThreads,
    COLUMN_THREADS: tile.columnThreads,
  };
  return { modules: [plainModule], tile, shape };
}

function matrixMain(
  device: Device,
  extent: Extent,
  { left, right }: NonNullable<ProductLaunch["asStored"]>,
  rowTile: 16 | undefined,
) {
  const bytes = device.info.limits.maxComputeWorkgroupStorageSize;
  const choices = (device.tiles ?? tiles).matrix.filter((tile) => workgroupBytes(tile) <= bytes);
  const tile = tileFor(choices, extent, rowTile);
  const { step, subRows, subColumns, resultColumns = Math.min(subColumns, 32) } = tile;
  const shape: Params = {
    STEP: step,
    SUB_ROWS: subRows,
    SUB_COLUMNS: subColumns,
    RESULT_COLUMNS: resultColumns,
  };
  const sides = [leftModules[kindOf(left)], rightModules[kindOf(right)]];
  return { modules: [subgroupMatrices, operandModule, matrixModule, ...sides], tile, shape };
}

const kindOf = (stored: GpuTensor | undefined): "stored" | "computed" =>
  stored && inHalves(stored) ? "stored" : "computed";
