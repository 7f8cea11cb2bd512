import type { Varlen } from "@webfla/varlen";
import type { ChunkList } from "../diagonal";
import type { Device } from "../launch";
import type { SequenceList } from "../recurrent";
import type { GpuArray } from "../runtime";
import { type Split, split } from "./plan";

const upload =
  (device: Device, varlen: Varlen, shortest: number, longest: number) =>
  (name: keyof Split): GpuArray =>
    device.varlen(varlen, `${name} ${shortest} ${longest}`, () => split(varlen, shortest, longest)[name]);

/** The sequences of at most `shortest` tokens, kept with the batch. */
export function stepsOf(device: Device, varlen: Varlen, shortest: number, longest: number): SequenceList {
  const { recurrent } = split(varlen, shortest, longest);
  return {
    list: upload(device, varlen, shortest, longest)("recurrent"),
    count: recurrent.length / 3,
  };
}

/** The other sequences in chunks of at most `longest` tokens, kept with the batch. */
export function chunksOf(device: Device, varlen: Varlen, shortest: number, longest: number): ChunkList {
  const { chunks, spans } = split(varlen, shortest, longest);
  const list = upload(device, varlen, shortest, longest);
  return {
    chunks: list("chunks"),
    chunkCount: chunks.length / 2,
    spans: list("spans"),
    spanCount: spans.length / 4,
    longest,
  };
}
