import { floats, type Memory } from "../backend/memory";
import { eachSequence } from "../backend/sequence";
import { type Backward, gradientOf, optional } from "./backward";

export const attention = (memory: Memory): Backward<"attention"> => ({
  attention({ args, grad }) {
    const { q, k, v, scale, window, g, sink, varlen, keyVarlen } = args;
    const [, HQ, K] = q.shape as [number, number, number];
    const [, H, V] = v.shape as [number, number, number];
    const [queries, keys, values, d] = [floats(q), floats(k), floats(v), floats(grad)];
    const [dq, dk, dv] = [queries, keys, values].map((x) => new Float64Array(x.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const [dg, dSink] = [new Float64Array(g?.data.length ?? 0), new Float64Array(HQ)];
    // weights of a query's keys, their gradients, and by key the running sums of gates and what flows into them
    const [p, dp, gates, dGates] = Array.from({ length: 4 }, () => new Float64Array(keyVarlen.maxLength)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    eachSequence(varlen, (n, start, end) => {
      const first = keyVarlen.cuSeqlens[n]!;
      const count = keyVarlen.lengths[n]!;
      const behind = count - (end - start);
      for (let head = 0; head < HQ; head++) {
        const kv = Math.floor(head / (HQ / H));
        const keyAt = (j: number): number => ((first + j) * H + kv) * K;
        const valueAt = (j: number): number => ((first + j) * H + kv) * V;
        const none = sink ? sink.data[head]! : Number.NEGATIVE_INFINITY;
        for (let j = 0, sum = 0; g && j < count; j++) gates[j] = sum += g.data[(first + j) * HQ + head]!;
        dGates.fill(0, 0, count);
        for (let t = start; t < end; t++) {
          const last = behind + t - start;
          const low = window > 0 ? Math.max(0, last - window + 1) : 0;
          const [at, to] = [(t * HQ + head) * K, (t * HQ + head) * V];
          let max = none;
          for (let j = low; j <= last; j++) {
            p[j] = scale * dot(queries, at, keys, keyAt(j), K) + gates[last]! - gates[j]!;
            max = Math.max(max, p[j]!);
          }
          const unseen = Math.exp(none - max);
          let total = unseen;
          for (let j = low; j <= last; j++) total += p[j] = Math.exp(p[j]! - max);
          let mean = 0;
          for (let j = low; j <= last; j++) {
            p[j]! /= total;
            dp[j] = dot(d, to, values, valueAt(j), V);
            mean += p[j]! * dp[j]!;
            addScaled(dv, valueAt(j), p[j]!, d, to, V);
          }
          dSink[head]! -= (unseen / total) * mean;
          for (let j = low; j <= last; j++) {
            const slope = p[j]! * (dp[j]! - mean);
            addScaled(dq, at, scale * slope, keys, keyAt(j), K);
            addScaled(dk, keyAt(j), scale * slope, queries, at, K);
            dGates[last]! += slope;
            dGates[j]! -= slope;
          }
        }
        for (let j = count - 1, sum = 0; g && j >= 0; j--) dg[(first + j) * HQ + head] = sum += dGates[j]!;
      }
    });
    return {
      q: gradientOf(memory, q, dq),
      k: gradientOf(memory, k, dk),
      v: gradientOf(memory, v, dv),
      g: optional(memory, g, dg),
      sink: optional(memory, sink, dSink),
    };
  },
});

function dot(x: Float32Array, atX: number, y: Float32Array, atY: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += x[atX + i]! * y[atY + i]!;
  return sum;
}

/** o += factor · x */
function addScaled(
  o: Float64Array,
  to: number,
  factor: number,
  x: Float32Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) o[to + i]! += factor * x[at + i]!;
}
