import type { Varlen } from "@webfla/varlen";
import type { Kernels } from "./kernels";
import { mapInPlace } from "./map";
import { floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

/** Calls visit with every sequence and its token range. */
export function eachSequence(
  { sequences, cuSeqlens }: Varlen,
  visit: (n: number, start: number, end: number) => void,
): void {
  for (let n = 0; n < sequences; n++) visit(n, cuSeqlens[n]!, cuSeqlens[n + 1]!);
}

export const sequence = (
  memory: Memory,
  kernels: Kernels,
): Verbs<"shortConv" | "tokenShift" | "rotary" | "cumulative"> => ({
  shortConv({ x, weight, bias, activation, initialState, outputFinalState, varlen }) {
    const [data, filters, shift, old] = [floats(x), floats(weight), bias?.data, initialState?.data];
    const [D, W] = weight.shape as [number, number];
    // the input `back` tokens before the sequence starts, kept in the last columns of the old state
    const before = (n: number, d: number, back: number): number => old?.[(n * D + d) * W + W - back] ?? 0;
    const o = memory.make(x.shape, x.dtype, (o) => {
      const taps = Float32Array.from({ length: W * D }, (_, i) => filters[(i % D) * W + Math.floor(i / D)]!);
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++) {
          const to = t * D;
          for (let d = 0; d < D; d++) o[to + d] = shift?.[d] ?? 0;
          for (let w = 0; w < W; w++) {
            const from = t - W + 1 + w;
            if (from >= start) addProduct(o, to, taps, w * D, data, from * D, D);
            else for (let d = 0; d < D; d++) o[to + d]! += taps[w * D + d]! * before(n, d, start - from);
          }
        }
      });
      if (activation) mapInPlace(kernels, activation, o);
    });
    const finalState = outputFinalState
      ? memory.make([varlen.sequences, D, W], "f32", (state) =>
          eachSequence(varlen, (n, start, end) => {
            for (let d = 0; d < D; d++)
              for (let w = 0; w < W; w++) {
                const from = end - W + w;
                state[(n * D + d) * W + w] = from < start ? before(n, d, start - from) : data[from * D + d]!;
              }
          }),
        )
      : undefined;
    return { o, finalState };
  },

  tokenShift({ x, cache, outputFinalState, varlen }) {
    const data = floats(x);
    const D = x.shape[1]!;
    const last = (n: number, start: number, t: number, d: number): number =>
      t >= start ? data[t * D + d]! : (cache?.data[n * D + d] ?? 0);
    const o = memory.make(x.shape, x.dtype, (o) =>
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++)
          for (let d = 0; d < D; d++) o[t * D + d] = last(n, start, t - 1, d) - data[t * D + d]!;
      }),
    );
    const finalState = outputFinalState
      ? memory.make([varlen.sequences, D], "f32", (state) =>
          eachSequence(varlen, (n, start, end) => {
            for (let d = 0; d < D; d++) state[n * D + d] = last(n, start, end - 1, d);
          }),
        )
      : undefined;
    return { o, finalState };
  },

  rotary: ({ x, cos, sin, interleaved, offsets, varlen }) =>
    memory.make(x.shape, x.dtype, (o) => {
      const [data, c, s] = [floats(x), floats(cos), floats(sin)];
      const [, H, D] = x.shape as [number, number, number];
      const half = cos.shape[1]!;
      const [step, apart] = interleaved ? [2, 1] : [1, half];
      o.set(data);
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++) {
          const angles = (t - start + (offsets?.[n] ?? 0)) * half;
          for (let h = 0; h < H; h++)
            for (let r = 0; r < half; r++) {
              const i = (t * H + h) * D + r * step;
              const [u, v] = [data[i]!, data[i + apart]!];
              const [cosine, sine] = [c[angles + r]!, s[angles + r]!];
              o[i] = u * cosine - v * sine;
              o[i + apart] = u * sine + v * cosine;
            }
        }
      });
    }),

  cumulative: ({ kind, x, reverse, chunkSize, varlen }) =>
    memory.make(x.shape, x.dtype, (o) => {
      const data = floats(x);
      const width = varlen.totalTokens ? data.length / varlen.totalTokens : 0;
      const run = kind === "sum" ? runningSum : runningLogSumExp;
      eachSequence(varlen, (_, start, end) => {
        const size = chunkSize || Math.max(end - start, 1);
        for (let from = start; from < end; from += size) {
          const to = Math.min(from + size, end);
          const [first, step] = reverse ? [to - 1, -width] : [from, width];
          for (let i = 0; i < width; i++) run(data, o, first * width + i, step, to - from);
        }
      });
    }),
});

type Run = (x: Float32Array, o: Float32Array, at: number, step: number, count: number) => void;

const runningSum: Run = (x, o, at, step, count) => {
  let sum = 0;
  for (let i = at; count > 0; i += step, count--) o[i] = sum += x[i]!;
};

const runningLogSumExp: Run = (x, o, at, step, count) => {
  let [max, sum] = [Number.NEGATIVE_INFINITY, 0];
  for (let i = at; count > 0; i += step, count--) {
    const next = Math.max(max, x[i]!);
    // before the first finite number there is nothing to rescale, and ∞ − ∞ is not a number
    if (next > Number.NEGATIVE_INFINITY) sum = sum * Math.exp(max - next) + Math.exp(x[i]! - next);
    max = next;
    o[i] = max + Math.log(sum);
  }
};

/** o += x ⊙ y, over count numbers of each. */
function addProduct(
  o: Float32Array,
  to: number,
  x: Float32Array,
  atX: number,
  y: Float32Array,
  atY: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) o[to + i]! += x[atX + i]! * y[atY + i]!;
}
