import type { Frame } from "../diagonal";
import { launch, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { type ChunkErase, chunkDecaySlot, writesOf } from "../slots/chunk-laws";
import text from "./state.wgsl";
import type { Solution } from "./system";

const stateModule: Module = { path: "delta/state.wgsl", text };

// narrow tiles give more workgroups, and tall slices fewer barriers: chunks wait for each other here
const COLUMNS = 16;
const TALLEST_SLICE = 64;

/**
 * The state at the start of every chunk, [chunks, HV, K, V] f32, from keys [writes, heads, K] and the chunks' solutions, whose values
 * become what is written; the state slot loads the initial state and stores the final one. The caller disposes it.
 */
export function answerChunks(
  frame: Frame,
  erase: ChunkErase,
  keys: GpuTensor,
  { stateReads, values }: Solution,
  stateSlot: Slot,
): GpuTensor {
  const { device, list, chunkSize, steps, HV, K, V, gates } = frame;
  const states = make(device, [list.chunkCount, HV, K, V], "f32");
  const tiles = Math.ceil(V / COLUMNS);
  const groups = list.spanCount * HV * tiles;
  launch(device, {
    main: stateModule,
    slots: [chunkDecaySlot(gates), stateSlot],
    params: {
      ...storage({ KEY: keys }),
      K,
      C: chunkSize,
      COLUMNS,
      SLICE: K > 32 ? TALLEST_SLICE : 32,
      EVERY: writesOf(erase),
    },
    uniforms: [groups, tiles, list.longest, steps, HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.spans, keys, stateReads, values, states],
    workgroups: groups,
  });
  return states;
}
