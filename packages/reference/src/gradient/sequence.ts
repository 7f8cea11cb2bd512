import { floats, type Memory } from "../backend/memory";
import { eachSequence } from "../backend/sequence";
import { type Backward, gradientOf, optional, upstream } from "./backward";
import { slopes } from "./unary";

export const sequence = (memory: Memory): Backward<"shortConv" | "tokenShift" | "cumulative"> => ({
  shortConv({ args, grad }) {
    const { x, weight, bias, activation, initialState, varlen } = args;
    const [D, W] = weight.shape as [number, number];
    const [data, taps, shift, old] = [floats(x), floats(weight), bias?.data, initialState?.data];
    const d = upstream(grad.o, data.length);
    const dFinal = upstream(grad.finalState, varlen.sequences * D * W);
    const dx = new Float64Array(data.length);
    const dOld = new Float64Array(varlen.sequences * D * W);
    const [dTaps, dBias] = [new Float64Array(D * W), new Float64Array(D)];
    eachSequence(varlen, (n, start, end) => {
      // columns of the old state are the inputs before the sequence
      const column = (channel: number, t: number): number => (n * D + channel) * W + W - (start - t);
      for (let t = start; t < end; t++)
        for (let c = 0; c < D; c++) {
          const input = (w: number): number => {
            const from = t - W + 1 + w;
            return from >= start ? data[from * D + c]! : (old?.[column(c, from)] ?? 0);
          };
          let dy = d[t * D + c]!;
          if (activation) {
            let y = shift?.[c] ?? 0;
            for (let w = 0; w < W; w++) y += taps[c * W + w]! * input(w);
            dy *= slopes[activation](y);
          }
          dBias[c]! += dy;
          for (let w = 0; w < W; w++) {
            const from = t - W + 1 + w;
            dTaps[c * W + w]! += dy * input(w);
            if (from >= start) dx[from * D + c]! += dy * taps[c * W + w]!;
            else dOld[column(c, from)]! += dy * taps[c * W + w]!;
          }
        }
      for (let c = 0; c < D; c++)
        for (let w = 0; w < W; w++) {
          const from = end - W + w;
          const dState = dFinal[(n * D + c) * W + w]!;
          if (from >= start) dx[from * D + c]! += dState;
          else dOld[column(c, from)]! += dState;
        }
    });
    return {
      x: gradientOf(memory, x, dx),
      weight: gradientOf(memory, weight, dTaps),
      bias: optional(memory, bias, dBias),
      initialState: optional(memory, initialState, dOld),
    };
  },

  tokenShift({ args: { x, cache, varlen }, grad }) {
    const D = x.shape[1]!;
    const d = upstream(grad.o, varlen.totalTokens * D);
    const dFinal = upstream(grad.finalState, varlen.sequences * D);
    const dx = new Float32Array(d.length);
    const dCache = new Float32Array(dFinal.length);
    eachSequence(varlen, (n, start, end) => {
      for (let c = 0; c < D; c++) {
        let next = dFinal[n * D + c]!;
        for (let t = end - 1; t >= start; t--) {
          dx[t * D + c] = next - d[t * D + c]!;
          next = d[t * D + c]!;
        }
        dCache[n * D + c] = next;
      }
    });
    return { x: gradientOf(memory, x, dx), cache: optional(memory, cache, dCache) };
  },

  cumulative: ({ args: { kind, x, reverse, chunkSize, varlen }, grad }) => ({
    x: memory.make(x.shape, "f32", (o) => {
      const [data, d] = [floats(x), floats(grad)];
      const width = varlen.totalTokens ? data.length / varlen.totalTokens : 0;
      const sums = new Float64Array(varlen.maxLength);
      const run = kind === "sum" ? sumBack : logSumExpBack;
      eachSequence(varlen, (_, start, end) => {
        const size = chunkSize || Math.max(end - start, 1);
        for (let from = start; from < end; from += size) {
          const to = Math.min(from + size, end);
          const [first, step] = reverse ? [to - 1, -width] : [from, width];
          for (let i = 0; i < width; i++)
            run({ x: data, d, o, at: first * width + i, step, count: to - from, sums });
        }
      });
    }),
  }),
});

/** A column: elements at, at + step, …, in the order in which they were summed. */
interface Run {
  readonly x: Float32Array;
  readonly d: Float32Array;
  readonly o: Float32Array;
  readonly at: number;
  readonly step: number;
  readonly count: number;
  readonly sums: Float64Array; // scratch
}

function sumBack({ d, o, at, step, count }: Run): void {
  let sum = 0;
  for (let j = count - 1; j >= 0; j--) o[at + j * step] = sum += d[at + j * step]!;
}

/** dx_j = e^(x_j − y_j) a_j with a_j = d_j + e^(y_j − y_{j+1}) a_{j+1}: y rises, so no exponent is positive. */
function logSumExpBack({ x, d, o, at, step, count, sums: y }: Run): void {
  let [max, sum] = [Number.NEGATIVE_INFINITY, 0];
  for (let j = 0; j < count; j++) {
    const next = Math.max(max, x[at + j * step]!);
    // before the first finite number there is nothing to rescale, and ∞ − ∞ is not a number
    if (next > Number.NEGATIVE_INFINITY)
      sum = sum * Math.exp(max - next) + Math.exp(x[at + j * step]! - next);
    max = next;
    y[j] = max + Math.log(sum);
  }
  let a = 0;
  for (let j = count - 1; j >= 0; j--) {
    const seen = y[j]! > Number.NEGATIVE_INFINITY;
    a = d[at + j * step]! + (seen && j + 1 < count ? Math.exp(y[j]! - y[j + 1]!) * a : 0);
    o[at + j * step] = seen ? Math.exp(x[at + j * step]! - y[j]!) * a : 0;
  }
}
