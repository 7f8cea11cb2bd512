import type { Varlen } from "@webfla/varlen";
import { type Device, launch, make, storage } from "../launch";
import { f32, type GpuArray, type GpuTensor, type Module, u32 } from "../runtime";
import { cumulative, forgetSlot, forgetSums, sinkSlot } from "../sequence";
import { math } from "../shared";
import keysText from "./attention_keys.wgsl";
import pairsText from "./attention_pairs.wgsl";
import queriesText from "./attention_queries.wgsl";
import statsText from "./attention_stats.wgsl";
import type { Call, Gradients } from "./call";
import { cut, sumRows } from "./parts";

const keysModule: Module = { path: "gradient/attention_keys.wgsl", text: keysText };
const pairsModule: Module = { path: "gradient/attention_pairs.wgsl", text: pairsText };
const queriesModule: Module = { path: "gradient/attention_queries.wgsl", text: queriesText };
const statsModule: Module = { path: "gradient/attention_stats.wgsl", text: statsText };

const TILE = 16;

/** [tiles, 4]: the first token of each tile of one batch, the end of its sequence, and the sequence's bounds in the other batch. */
function tilesOf(varlen: Varlen, other: Varlen): Uint32Array {
  const { count, indices } = varlen.chunks(TILE);
  const tiles = new Uint32Array(4 * count);
  for (let i = 0; i < count; i++) {
    const n = indices[2 * i]!;
    const [start, end] = [varlen.cuSeqlens[n]!, varlen.cuSeqlens[n + 1]!];
    const tile = [start + indices[2 * i + 1]! * TILE, end, other.cuSeqlens[n]!, other.cuSeqlens[n + 1]!];
    tiles.set(tile, 4 * i);
  }
  return tiles;
}

/** Calls with the tiles of a batch. They are kept with the batch where it is the only one. */
function withTiles(device: Device, varlen: Varlen, other: Varlen, body: (tiles: GpuArray) => void): void {
  const make = () => tilesOf(varlen, other);
  const kept = varlen === other;
  const tiles = kept ? device.varlen(varlen, `squareTiles ${TILE}`, make) : device.constant(make());
  body(tiles);
  if (!kept) tiles.dispose();
}

/** What all kernels of a call share. */
interface Pass extends Pick<Call<"attention">, "args" | "grad"> {
  /** Sums of the forget gates. [TK, HQ] */
  readonly sums: GpuTensor | undefined;
  /** Of each query and head: log of the denominator, grad · o, the sink's gradient. [T, HQ, 3] */
  readonly stats: GpuTensor;
}

/** From the gradient of attention to those of q, k, v, the forget gates and the sinks. Weights are made again, tile by tile. */
export function attention(device: Device, { args, grad }: Call<"attention">): Gradients<"attention"> {
  const { q, k, v, g, sink, varlen, keyVarlen } = args;
  const [T, HQ, K] = q.shape as [number, number, number];
  const [TK, H, V] = v.shape as [number, number, number];
  const gates = g ? HQ / H : 0;
  const stats = make(device, [T, HQ, 3], "f32");
  const dq = make(device, q.shape, "f32");
  const ofKeys = make(device, [TK, H, K + V + gates], "f32");
  const pass: Pass = { args, grad, sums: g && forgetSums(device, g, keyVarlen), stats };
  withTiles(device, varlen, keyVarlen, (tiles) => {
    measure(device, pass, tiles);
    walk(device, pass, queriesModule, tiles, dq, varlen.chunks(TILE).count * HQ);
  });
  withTiles(device, keyVarlen, varlen, (tiles) => {
    walk(device, pass, keysModule, tiles, ofKeys, keyVarlen.chunks(TILE).count * H);
  });
  const dsums = g && cut(device, ofKeys, 2, [K + V, K + V + gates], g.shape);
  const gradients = {
    q: dq,
    k: cut(device, ofKeys, 2, [0, K], k.shape),
    v: cut(device, ofKeys, 2, [K, K + V], v.shape),
    ...(dsums && {
      g: cumulative(device, { kind: "sum", x: dsums, reverse: true, chunkSize: 0, varlen: keyVarlen }),
    }),
    ...(sink && { sink: sumRows(device, cut(device, stats, 2, [2, 3], [T, HQ])) }),
  };
  for (const x of [dsums, pass.sums, ofKeys, stats]) x?.dispose();
  return gradients;
}

/** Fills the stats. */
function measure(device: Device, { args, grad, sums, stats }: Pass, tiles: GpuArray): void {
  const { q, k, v, sink, window, scale } = args;
  const [, HQ, K] = q.shape as [number, number, number];
  const [, H, V] = v.shape as [number, number, number];
  const count = args.varlen.chunks(TILE).count;
  launch(device, {
    main: statsModule,
    uses: [math],
    slots: [forgetSlot(sums), sinkSlot(sink)],
    params: storage({ Q: q, KEY: k, VALUE: v, GRAD: grad }),
    uniforms: [...[count, HQ, H, K, V, window || 2 ** 32 - 1].map(u32), f32(scale)],
    bindings: [q, k, v, grad, tiles, stats],
    workgroups: count * HQ,
  });
}

/** Launches a kernel that walks over pairs of tiles. */
function walk(
  device: Device,
  { args, grad, sums, stats }: Pass,
  main: Module,
  tiles: GpuArray,
  result: GpuTensor,
  workgroups: number,
): void {
  const { q, k, v, window, scale } = args;
  const [, HQ, K] = q.shape as [number, number, number];
  const [, H, V] = v.shape as [number, number, number];
  launch(device, {
    main,
    uses: [pairsModule],
    slots: [forgetSlot(sums)],
    params: {
      ...storage({ Q: q, KEY: k, VALUE: v, GRAD: grad }),
      K,
      V,
      FOUR_QUERIES: main === queriesModule,
    },
    uniforms: [...[tiles.length / 4, HQ, H, window || 2 ** 32 - 1, sums ? HQ / H : 0].map(u32), f32(scale)],
    bindings: [q, k, v, grad, stats, tiles, result],
    workgroups,
  });
}
