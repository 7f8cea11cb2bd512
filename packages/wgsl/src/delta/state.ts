import type { Frame } from "../diagonal";
import { launch, make, type Slot, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { type ChunkErase, chunkDecaySlot, writesOf } from "../slots/chunk-laws";
import text from "./state.wgsl";
import type { Solution } from "./system";

const stateModule: Module = { path: "delta/state.wgsl", text };

// a tile is narrow, for chunks wait for each other here and only tiles run beside each other
const COLUMNS = 4;

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
      ROWS: Math.max(256 / chunkSize, 2 ** Math.ceil(Math.log2(K))),
      EVERY: writesOf(erase),
    },
    uniforms: [groups, tiles, list.longest, steps, HV, V, HV / keys.shape[1]!].map(u32),
    bindings: [list.spans, keys, stateReads, values, states],
    workgroups: groups,
  });
  return states;
}
