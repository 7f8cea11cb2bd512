import { type Frame, keep } from "../diagonal";
import { type Device, launch, powerOfTwo, type Slot, storage } from "../launch";
import { sink } from "../product";
import { type GpuTensor, type Module, type Params, u32 } from "../runtime";
import { fours, matrices, order } from "../shared";
import { type ChunkErase, chunkDecaySlot, writesOf } from "../slots/chunk-laws";
import stagedText from "./operands.staged.wgsl";
import storedText from "./operands.stored.wgsl";
import passesText from "./passes.wgsl";
import { chunkModule, rowsModule, rowsOf } from "./rows";
import matrixText from "./state.matrix.wgsl";
import plainText from "./state.wgsl";
import type { Solution } from "./system";

const passesModule: Module = { path: "delta/passes.wgsl", text: passesText };
const plainModule: Module = { path: "delta/state.wgsl", text: plainText };
const matrixModule: Module = { path: "delta/state.matrix.wgsl", text: matrixText };
const stagedModule: Module = { path: "delta/operands.staged.wgsl", text: stagedText };
const storedModule: Module = { path: "delta/operands.stored.wgsl", text: storedText };

/**
 * The state at the start of every chunk, [chunks, HV, K, V] in the frame's kept dtype, from the chunks' solutions, whose values become what
 * is written; the state slot loads the initial state and stores the final one. The caller disposes it.
 */
export function answerChunks(
  frame: Frame,
  erase: ChunkErase,
  solution: Solution,
  stateSlot: Slot,
): GpuTensor {
  const { list, HV, K, V } = frame;
  const states = keep(frame, [list.chunkCount, HV, K, V]);
  const { stateReads, endKeys, values } = solution;
  passChunks(frame, erase, {
    first: stateReads,
    second: endKeys,
    values,
    states,
    stateSlot,
    backward: false,
  });
  return states;
}

/**
 * Turns what each chunk's queries give to the state before it into the gradient of the state after it, and completes dy [writes, HV, V],
 * both in place; the state slot loads the gradients of the final states and stores those of the initial ones.
 */
export function answerBack(
  frame: Frame,
  erase: ChunkErase,
  { stateReads, endKeys }: Solution,
  dy: GpuTensor,
  stateGrads: GpuTensor,
  stateSlot: Slot,
): void {
  const pass = { first: endKeys, second: stateReads, values: dy, states: stateGrads, stateSlot };
  passChunks(frame, erase, { ...pass, backward: true });
}

interface Pass {
  /** Rows that meet the state, in those of values with which they stand. */
  readonly first: GpuTensor; // [chunks, HV, …, WIDTH]
  /** Rows that bring values to the state. */
  readonly second: GpuTensor; // [chunks, HV, …, WIDTH]
  readonly values: GpuTensor; // [writes, HV, V]
  readonly states: GpuTensor; // [chunks, HV, K, V]
  readonly stateSlot: Slot;
  readonly backward: boolean;
}

/** Goes over the chunks of every sequence, in order or from the last to the first. */
function passChunks(frame: Frame, erase: ChunkErase, pass: Pass): void {
  const { device, list, steps, HV, K, V, gates, half } = frame;
  const { first, second, values, states, stateSlot, backward } = pass;
  const { N, WIDTH } = rowsOf(frame, erase);
  const rows = (x: GpuTensor): number => x.size / (list.chunkCount * HV * WIDTH);
  const [READS, WRITES] = [rows(first), rows(second)];
  const tiles = Math.ceil(V / (half ? COLUMNS : 4));
  const groups = list.spanCount * HV * tiles;
  const sizes = { READS, WRITES, WIDTH, PLACES: N * writesOf(erase), V };
  const form = half ? matrixForm(device, sizes) : plainForm(first, WRITES, K);
  launch(device, {
    main: form.main,
    uses: [fours, order, chunkModule, rowsModule, passesModule, ...form.uses],
    slots: [chunkDecaySlot(gates), stateSlot, sink("values", values), sink("states", states)],
    params: {
      ...form.params,
      EVERY: writesOf(erase),
      BACKWARD: backward,
      READS,
      WRITES,
      K,
      STEPS: steps,
      N,
      WIDTH,
    },
    uniforms: [groups, tiles, list.longest, HV, V].map(u32),
    bindings: [list.spans, first, second],
    workgroups: groups,
  });
}

/** What takes a batch over its chunks. */
interface Form {
  readonly main: Module;
  readonly uses: readonly Module[];
  readonly params: Params;
}

const plainForm = (first: GpuTensor, WRITES: number, K: number): Form => ({
  main: plainModule,
  uses: [],
  params: { ...storage({ NUMBER: first }), ROWS: Math.max(256 / WRITES, powerOfTwo(K)) },
});

// of a workgroup by matrices
const COLUMNS = 16;
const MOST_SUBGROUPS = 8;

interface Sizes {
  readonly READS: number;
  readonly WRITES: number;
  readonly WIDTH: number;
  readonly PLACES: number;
  readonly V: number;
}

/** Few subgroups for few channels; A and B by way of workgroup memory where there is enough. */
function matrixForm({ info }: Device, { READS, WRITES, WIDTH, PLACES, V }: Sizes): Form {
  const readTiles = READS / 16;
  const SLICES = Math.max(1, Math.floor(Math.min(MOST_SUBGROUPS, WIDTH / 16) / readTiles));
  const sums = Math.max(READS * SLICES, WIDTH);
  const bytes = 2 * Math.max(READS, WRITES) * WIDTH + COLUMNS * (2 * (WIDTH + PLACES) + 4 * sums);
  const isStaged = bytes <= info.limits.maxComputeWorkgroupStorageSize;
  return {
    main: matrixModule,
    uses: [matrices, isStaged ? stagedModule : storedModule],
    params: {
      COLUMNS,
      SUBGROUPS: readTiles * SLICES,
      SLICES,
      WHOLE: V % COLUMNS === 0,
      NUMBER: isStaged ? "vec4u" : "vec4<f16>",
    },
  };
}
