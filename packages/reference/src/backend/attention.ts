import { floats, type Memory } from "./memory";
import { eachSequence } from "./sequence";
import type { Verbs } from "./verbs";

export const attention = (memory: Memory): Verbs<"attention"> => ({
  attention: ({ q, k, v, scale, window, g, sink, varlen, keyVarlen }) => {
    const [, HQ, K] = q.shape as [number, number, number];
    const [, H, V] = v.shape as [number, number, number];
    const [queries, keys, values] = [floats(q), floats(k), floats(v)];
    return memory.make([varlen.totalTokens, HQ, V], q.dtype, (o) =>
      eachSequence(varlen, (n, start, end) => {
        const first = keyVarlen.cuSeqlens[n]!;
        const count = keyVarlen.cuSeqlens[n + 1]! - first;
        const logits = new Float64Array(count);
        const row = new Float64Array(V);
        for (let head = 0; head < HQ; head++) {
          const kv = Math.floor(head / (HQ / H));
          const gates = new Float64Array(count);
          if (g) for (let j = 0, sum = 0; j < count; j++) gates[j] = sum += g.data[(first + j) * HQ + head]!;
          for (let t = start; t < end; t++) {
            const last = count - (end - t);
            const from = window > 0 ? Math.max(0, last - window + 1) : 0;
            let max = sink?.data[head] ?? Number.NEGATIVE_INFINITY;
            for (let j = from; j <= last; j++) {
              let dot = 0;
              for (let i = 0; i < K; i++)
                dot += queries[(t * HQ + head) * K + i]! * keys[((first + j) * H + kv) * K + i]!;
              logits[j] = scale * dot + gates[last]! - gates[j]!;
              max = Math.max(max, logits[j]!);
            }
            let sum = sink ? Math.exp(sink.data[head]! - max) : 0;
            row.fill(0);
            for (let j = from; j <= last; j++) {
              const p = Math.exp(logits[j]! - max);
              sum += p;
              for (let i = 0; i < V; i++) row[i]! += p * values[((first + j) * H + kv) * V + i]!;
            }
            for (let i = 0; i < V; i++) o[(t * HQ + head) * V + i] = row[i]! / sum;
          }
        }
      }),
    );
  },
});
