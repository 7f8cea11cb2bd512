import type { CheckedLinearAttention } from "@webfla/ops";
import { bonus, type ChunkList, chunkOutputs } from "../diagonal";
import type { Device, Slot } from "../launch";
import type { GpuTensor } from "../runtime";
import { solveOja } from "./oja";
import { chunkedWrites, type Prepared } from "./writes";

type Args = CheckedLinearAttention<GpuTensor>;

/** Writes o, and through the state slot the final states, of the sequences in the list; q and k are normalised. */
export function chunked(
  device: Device,
  args: Args,
  list: ChunkList,
  chunkSize: number,
  stateSlot: Slot,
  o: GpuTensor,
): void {
  const { erase } = args;
  if (erase?.kind !== "oja") return withoutOja(device, { ...args, erase }, args, list, chunkSize, stateSlot, o);
  const { plain, dispose } = solveOja(device, { ...args, erase }, list, chunkSize);
  withoutOja(device, plain, args, list, chunkSize, stateSlot, o);
  dispose();
}

/** `writing` says what is written, `reading` what is read. */
function withoutOja(
  device: Device,
  writing: Prepared,
  { q, k, v, read, steps, scale }: Args,
  list: ChunkList,
  chunkSize: number,
  stateSlot: Slot,
  o: GpuTensor,
): void {
  const writes = chunkedWrites(device, writing, list, chunkSize, stateSlot);
  const extra = read.kind === "bonus" ? bonus(writes.frame, { q, k, v, u: read.u, steps }) : undefined;
  chunkOutputs(writes.frame, { ...writes, q, extra, o, scale, after: read.kind === "after" });
  extra?.dispose();
  writes.dispose();
}
