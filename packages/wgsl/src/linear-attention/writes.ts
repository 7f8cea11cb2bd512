import type { CheckedLinearAttention } from "@webfla/ops";
import { answerChunks, type Solution, solveChunks } from "../delta";
import { type ChunkList, chunkStates, type Frame, sumGates } from "../diagonal";
import type { Device, Slot } from "../launch";
import { interleaveKeys } from "../low-rank";
import type { GpuTensor } from "../runtime";
import { type ChunkErase, writesOf } from "../slots/chunk-laws";

/** A call whose q and k are normalised where that was asked for. */
export type Prepared = CheckedLinearAttention<GpuTensor> & { readonly erase?: ChunkErase | undefined };

/** What the stages before the output leave; [writes] is [T · steps], twice with a low-rank erase. */
export interface ChunkedWrites {
  readonly frame: Frame;
  readonly keys: GpuTensor; // [writes, heads, K]
  readonly values: GpuTensor; // [writes, HV, V]
  /** With an erase, its chunks' triangular systems. */
  readonly solution: Solution | undefined;
  /** The state at the start of every chunk. */
  readonly states: GpuTensor; // [chunks, HV, K, V] f32
  /** Gives back what only the way back needs: all of the solution but its values. */
  settle(): void;
  /** Gives back what was made here. */
  dispose(): void;
}

/** The stages before the output: all writes, and the state before each chunk. What is kept is f16 if `half`. */
export function chunkedWrites(
  device: Device,
  args: Prepared,
  list: ChunkList,
  chunkSize: number,
  stateSlot: Slot,
  half = false,
): ChunkedWrites {
  const { k, v, decay, erase, sizes } = args;
  const made: (GpuTensor | undefined)[] = [];
  const steps = args.steps * writesOf(erase);
  const bare = { ...sizes, device, list, chunkSize, steps, half };
  const frame: Frame = { ...bare, gates: sumGates(bare, decay) };
  const keys = erase?.kind === "lowRank" ? interleaveKeys(device, erase.b, k) : k;
  if (keys !== k) made.push(keys);
  const solution = erase && solveChunks(frame, erase, keys, v);
  const states = solution
    ? answerChunks(frame, erase, solution, stateSlot)
    : chunkStates(frame, keys, v, stateSlot);
  const { values = v, ...passing } = solution ?? {};
  made.push(frame.gates?.sums, solution?.values, states);
  const settle = (): void => {
    for (const x of Object.values(passing)) x.dispose();
  };
  const dispose = (): void => {
    settle();
    for (const x of made) x?.dispose();
  };
  return { frame, keys, values, solution, states, settle, dispose };
}
