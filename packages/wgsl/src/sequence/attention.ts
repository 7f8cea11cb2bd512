import type { VerbTable } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { cast } from "../dense";
import { type Device, launch, make, type Slot, storage } from "../launch";
import { f32, type GpuTensor, type Module, u32 } from "../runtime";
import { math } from "../shared";
import attentionText from "./attention.wgsl";
import { cumulative } from "./cumulative";
import forgetGates from "./forget.gates.wgsl";
import forgetNone from "./forget.none.wgsl";
import sinkHeads from "./sink.heads.wgsl";
import sinkNone from "./sink.none.wgsl";

const attentionModule: Module = { path: "sequence/attention.wgsl", text: attentionText };
const forgetModule: Module = { path: "sequence/forget.gates.wgsl", text: forgetGates };
const sinkModule: Module = { path: "sequence/sink.heads.wgsl", text: sinkHeads };
const noForget: Slot = { module: { path: "sequence/forget.none.wgsl", text: forgetNone } };
const noSink: Slot = { module: { path: "sequence/sink.none.wgsl", text: sinkNone } };

const THREADS = 64;
// keys and values of a tile in 16 KiB of workgroup memory, less what joins the threads
const TILE_FLOATS = 4096 - THREADS - 8 * THREADS;

/** [tiles, 3]: the sequence, the first query of the tile, the end of the sequence's queries. */
const tilesOf = (varlen: Varlen, size: number): Uint32Array => {
  const { count, indices } = varlen.chunks(size);
  const tiles = new Uint32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const n = indices[2 * i]!;
    tiles.set([n, varlen.cuSeqlens[n]! + indices[2 * i + 1]! * size, varlen.cuSeqlens[n + 1]!], 3 * i);
  }
  return tiles;
};

/** The slot of a logit a head that has no key. */
export const sinkSlot = (sink: GpuTensor | undefined): Slot =>
  sink ? { module: sinkModule, params: storage({ SINKS: sink }), brings: ["SINK", sink] } : noSink;

/** Sums of the gates in f32: differences of long sums need the bits. */
export function forgetSums(device: Device, g: GpuTensor, varlen: Varlen): GpuTensor {
  const wide = cast(device, { x: g, dtype: "f32" });
  const sums = cumulative(device, { kind: "sum", x: wide, reverse: false, chunkSize: 0, varlen });
  wide.dispose();
  return sums;
}

/** The slot of those sums. */
export const forgetSlot = (sums: GpuTensor | undefined): Slot =>
  sums ? { module: forgetModule, brings: ["FORGET", sums] } : noForget;

/** Causal softmax attention inside each sequence. */
export function attention(device: Device, args: VerbTable<GpuTensor>["attention"][0]): GpuTensor {
  const { q, k, v, g, sink, scale, window, varlen, keyVarlen } = args;
  const [T, HQ, K] = q.shape as [number, number, number];
  const [, H, V] = v.shape as [number, number, number];
  const o = make(device, [T, HQ, V], q.dtype);
  // where sequences are short, threads share a query instead of idling
  const SPLIT = varlen.maxLength > 8 ? 1 : 16;
  const QUERIES = THREADS / SPLIT;
  const TILE = Math.max(1, Math.min(32, Math.floor(TILE_FLOATS / (K + V))));
  const tiles = varlen.chunks(QUERIES).count;
  const sums = g && forgetSums(device, g, keyVarlen);
  launch(device, {
    main: attentionModule,
    uses: [math],
    slots: [forgetSlot(sums), sinkSlot(sink)],
    params: { ...storage({ Q: q, KEY: k, VALUE: v }), K, V, QUERIES, SPLIT, TILE },
    uniforms: [u32(tiles), u32(HQ), u32(H), u32(window || 2 ** 32 - 1), f32(scale)],
    bindings: [
      q,
      k,
      v,
      device.varlen(varlen, `queryTiles ${QUERIES}`, () => tilesOf(varlen, QUERIES)),
      device.varlen(keyVarlen, "cuSeqlens", () => keyVarlen.cuSeqlens),
      o,
    ],
    workgroups: tiles * HQ,
  });
  sums?.dispose();
  return o;
}
