import type { CheckedLinearAttention } from "@webfla/ops";
import { bonus, type ChunkList, chunkOutputs } from "../diagonal";
import type { Device, Slot } from "../launch";
import type { GpuTensor } from "../runtime";
import { solveOja } from "./oja";
import { isHalf } from "./plan";
import { chunkedWrites } from "./writes";

/** Writes o, unless it is not asked for, and through the state slot the final states, of the sequences in the list; q and k are normalised. */
export function chunked(
  device: Device,
  args: CheckedLinearAttention<GpuTensor>,
  list: ChunkList,
  chunkSize: number,
  stateSlot: Slot,
  o: GpuTensor | undefined,
): void {
  const { q, k, v, read, steps, scale, erase } = args;
  const half = isHalf(device, args);
  const { plain, dispose } =
    erase?.kind === "oja"
      ? solveOja(device, { ...args, erase }, list, chunkSize, half)
      : { plain: { ...args, erase }, dispose: () => {} };
  const writes = chunkedWrites(device, plain, list, chunkSize, stateSlot, half);
  writes.settle();
  if (o) {
    const extra = read.kind === "bonus" ? bonus(writes.frame, { q, k, v, u: read.u, steps }) : undefined;
    chunkOutputs(writes.frame, { ...writes, q, extra, o, scale, after: read.kind === "after" });
    extra?.dispose();
  }
  writes.dispose();
  dispose();
}
