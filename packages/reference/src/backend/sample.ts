import { type CpuTensor, floats, type Memory } from "./memory";
import type { Args, Verbs } from "./verbs";

interface Settings {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly uniform: number;
}

export const sample = (memory: Memory): Verbs<"sample"> => ({
  sample: (args) => {
    const [N, V] = args.logits.shape as [number, number];
    const token = new Int32Array(N);
    const logProbability = new Float32Array(N);
    for (let n = 0; n < N; n++) {
      const x = floats(args.logits).subarray(n * V, (n + 1) * V);
      const best = first(x);
      const highest = x[best]!;
      token[n] = -1 - best;
      logProbability[n] = highest;
      if (!Number.isFinite(highest)) continue;
      token[n] = args.temperature[n] === 0 ? best : draw(x, highest, settingsOf(args, n));
      const total = x.reduce((sum, y) => sum + Math.exp(y - highest), 0);
      logProbability[n] = x[token[n]!]! - highest - Math.log(total);
    }
    const given = (data: Int32Array | Float32Array): CpuTensor =>
      memory.make<typeof data>([N], data instanceof Int32Array ? "i32" : "f32", (o) => o.set(data));
    return { token: given(token), logProbability: given(logProbability) };
  },
});

const settingsOf = (args: Args<"sample">, n: number): Settings => ({
  temperature: args.temperature[n]!,
  topK: args.topK[n]!,
  topP: args.topP[n]!,
  uniform: args.uniform[n]!,
});

/** The place of the highest number, or of the first NaN. */
function first(x: Float32Array): number {
  let best = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) return i;
    if (x[i]! > x[best]!) best = i;
  }
  return best;
}

function draw(x: Float32Array, highest: number, { temperature, topK, topP, uniform }: Settings): number {
  const running = (values: Float32Array): Float64Array => {
    let sum = 0;
    return Float64Array.from(values, (y) => (sum += Math.exp((y - highest) / temperature)));
  };
  if (topK === 0 && topP === 1) {
    const sums = running(x);
    const point = uniform * sums.at(-1)!;
    return sums.findIndex((sum) => sum > point);
  }
  // numbers sort faster than ids; adding 0 makes both zeros one
  const ranked = x
    .map((y) => y + 0)
    .sort()
    .reverse();
  const kept = topK === 0 ? ranked : ranked.subarray(0, topK);
  const sums = running(kept);
  const bound = topP * sums.at(-1)!;
  const point = uniform * sums.find((sum) => sum >= bound)!;
  const place = sums.findIndex((sum) => sum > point);
  const value = kept[place]!;
  let equals = place - kept.indexOf(value);
  return x.findIndex((y) => y === value && equals-- === 0);
}
