import { floats, type Memory } from "../backend/memory";
import { eachSequence } from "../backend/sequence";
import { type Backward, gradientOf, optional, upstream } from "./backward";
import { Replay } from "./replay";

export const scan = (memory: Memory): Backward<"scan" | "selectiveScan"> => ({
  scan({ args: { x, g, initialState, varlen }, grad }) {
    const D = x.shape[1]!;
    const [data, gates] = [floats(x), floats(g)];
    const d = upstream(grad.o, data.length);
    const [dx, dg] = [new Float32Array(data.length), new Float32Array(data.length)];
    const dState = upstream(grad.finalState, varlen.sequences * D).slice();
    const replay = new Replay(varlen.maxLength, D);
    eachSequence(varlen, (n, start, end) => {
      load(replay.start, initialState?.data, n * D);
      replay.run(
        end - start,
        (step, before, after) => {
          const at = (start + step) * D;
          for (let c = 0; c < D; c++) after[c] = Math.exp(gates[at + c]!) * before[c]! + data[at + c]!;
        },
        (step, before) => {
          const at = (start + step) * D;
          for (let c = 0; c < D; c++) {
            const flow = dState[n * D + c]! + d[at + c]!;
            dx[at + c] = flow;
            dState[n * D + c] = flow * Math.exp(gates[at + c]!);
            dg[at + c] = dState[n * D + c]! * before[c]!;
          }
        },
      );
    });
    return {
      x: gradientOf(memory, x, dx),
      g: gradientOf(memory, g, dg),
      initialState: optional(memory, initialState, dState),
    };
  },

  selectiveScan({ args: { x, dt, A, B, C, D: skip, initialState, varlen }, grad }) {
    const [D, S] = A.shape as [number, number];
    const [data, delta, a, b, c] = [floats(x), floats(dt), floats(A), floats(B), floats(C)];
    const d = upstream(grad.o, data.length);
    const dState = upstream(grad.finalState, varlen.sequences * D * S).slice();
    const zeros = (like: Float32Array): Float64Array => new Float64Array(like.length);
    const [dx, dDelta, dA, dB, dC] = [zeros(data), zeros(delta), zeros(a), zeros(b), zeros(c)];
    const dSkip = new Float64Array(D);
    const replay = new Replay(varlen.maxLength, D * S);
    eachSequence(varlen, (n, start, end) => {
      load(replay.start, initialState?.data, n * D * S);
      replay.run(
        end - start,
        (step, before, after) => {
          const t = start + step;
          for (let i = 0, channel = 0; channel < D; channel++) {
            const [xt, h] = [data[t * D + channel]!, delta[t * D + channel]!];
            for (let s = 0; s < S; s++, i++)
              after[i] = Math.exp(h * a[i]!) * before[i]! + h * xt * b[t * S + s]!;
          }
        },
        (step, before, after) => {
          const t = start + step;
          for (let i = 0, channel = 0; channel < D; channel++) {
            const at = t * D + channel;
            const [xt, h, dy] = [data[at]!, delta[at]!, d[at]!];
            let [toX, toDelta] = [0, 0];
            for (let s = 0; s < S; s++, i++) {
              const [bt, ct] = [b[t * S + s]!, c[t * S + s]!];
              dC[t * S + s]! += dy * after[i]!;
              const flow = dState[n * D * S + i]! + dy * ct;
              const decay = Math.exp(h * a[i]!);
              const dExponent = flow * decay * before[i]!;
              dA[i]! += dExponent * h;
              toDelta += dExponent * a[i]! + flow * xt * bt;
              toX += flow * h * bt;
              dB[t * S + s]! += flow * h * xt;
              dState[n * D * S + i] = flow * decay;
            }
            dx[at] = toX + dy * (skip?.data[channel] ?? 0);
            dDelta[at] = toDelta;
            dSkip[channel]! += dy * xt;
          }
        },
      );
    });
    return {
      x: gradientOf(memory, x, dx),
      dt: gradientOf(memory, dt, dDelta),
      A: gradientOf(memory, A, dA),
      B: gradientOf(memory, B, dB),
      C: gradientOf(memory, C, dC),
      D: optional(memory, skip, dSkip),
      initialState: optional(memory, initialState, dState),
    };
  },
});

/** Copies one state from the given ones, or zeros where there are none. */
export function load(to: Float32Array, states: ArrayLike<number> | undefined, from: number): void {
  for (let i = 0; i < to.length; i++) to[i] = states?.[from + i] ?? 0;
}
