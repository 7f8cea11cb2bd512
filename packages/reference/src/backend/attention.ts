import { type Kernels, roundUp } from "./kernels";
import { packRows } from "./matmul";
import { floats, type Memory } from "./memory";
import { eachSequence } from "./sequence";
import type { Args, Verbs } from "./verbs";

// queries that share one product with the keys
const tile = 64;

export const attention = (memory: Memory, kernels: Kernels): Verbs<"attention"> => ({
  attention: (args) =>
    memory.make([args.varlen.totalTokens, args.q.shape[1]!, args.v.shape[2]!], args.q.dtype, (o) =>
      attend(args, o, kernels),
    ),
});

function attend(args: Args<"attention">, o: Float32Array, { matmul: kernel }: Kernels): void {
  const { q, k, v, scale, window, g, sink, varlen, keyVarlen } = args;
  const [, HQ, K] = q.shape as [number, number, number];
  const [, H, V] = v.shape as [number, number, number];
  const [queries, keys, values] = [floats(q), floats(k), floats(v)];
  const [depth, width, longest] = [K, V, keyVarlen.maxLength].map((x) => roundUp(x, 4)) as [
    number,
    number,
    number,
  ];
  const at = kernel.lay({
    q: tile * depth,
    k: longest * depth,
    v: width * longest,
    p: tile * longest,
    o: tile * width,
  });
  eachSequence(varlen, (n, start, end) => {
    if (start === end) return;
    const first = keyVarlen.cuSeqlens[n]!;
    const count = keyVarlen.cuSeqlens[n + 1]! - first;
    const length = roundUp(count, 4);
    const behind = count - (end - start);
    for (let head = 0; head < HQ; head++) {
      const kv = Math.floor(head / (HQ / H));
      if (head % (HQ / H) === 0) {
        packRows(
          at.k.data,
          { data: keys.subarray((first * H + kv) * K), row: H * K, column: 1 },
          0,
          count,
          K,
        );
        packRows(
          at.v.data,
          { data: values.subarray((first * H + kv) * V), row: 1, column: H * V },
          0,
          V,
          count,
        );
      }
      const gates = g && sums(floats(g).subarray(first * HQ + head), HQ, count);
      for (let t = start; t < end; t += tile) {
        const rows = Math.min(tile, end - t);
        const last = behind + (t - start);
        // a multiple of 4, so that a key has the same lane in every tile
        const from = window > 0 ? Math.floor(Math.max(0, last - window + 1) / 4) * 4 : 0;
        const span = roundUp(last + rows, 4) - from;
        packRows(
          at.q.data,
          { data: queries.subarray((t * HQ + head) * K), row: HQ * K, column: 1 },
          0,
          rows,
          K,
        );
        kernel.run.matmul(
          at.q.at,
          depth * 4,
          at.k.at + from * depth * 4,
          depth * 4,
          at.p.at,
          span * 4,
          rows,
          span,
          depth,
        );
        const totals = new Float64Array(rows);
        for (let r = 0; r < rows; r++) {
          const p = at.p.data.subarray(r * span, (r + 1) * span);
          const low = window > 0 ? Math.max(0, last + r - window + 1) : 0;
          const none = sink ? sink.data[head]! : Number.NEGATIVE_INFINITY;
          const max = mask(p, low - from, last + r + 1 - from, scale, gates?.subarray(from), none);
          totals[r] = Math.exp(none - max) + kernel.run.weigh(at.p.at + r * span * 4, span, max);
        }
        kernel.run.matmul(
          at.p.at,
          span * 4,
          at.v.at + from * 4,
          length * 4,
          at.o.at,
          width * 4,
          rows,
          width,
          span,
        );
        for (let r = 0; r < rows; r++)
          for (let i = 0; i < V; i++)
            o[((t + r) * HQ + head) * V + i] = at.o.data[r * width + i]! / totals[r]!;
      }
    }
  });
}

/** Running sums of count numbers, `step` apart. */
function sums(x: Float32Array, step: number, count: number): Float64Array {
  let sum = 0;
  return Float64Array.from({ length: count }, (_, i) => (sum += x[i * step]!));
}

/** Turns products with the keys [low, high) into logits, the others into −∞, and returns the largest. */
function mask(
  p: Float32Array,
  low: number,
  high: number,
  scale: number,
  gates: Float64Array | undefined,
  sink: number,
): number {
  let max = sink;
  for (let j = low; j < high; j++) {
    p[j] = gates ? scale * p[j]! + gates[high - 1]! - gates[j]! : scale * p[j]!;
    if (p[j]! > max) max = p[j]!;
  }
  p.fill(Number.NEGATIVE_INFINITY, 0, low);
  p.fill(Number.NEGATIVE_INFINITY, high);
  return max;
}
