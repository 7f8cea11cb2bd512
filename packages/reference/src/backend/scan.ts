import type { Kernels } from "./kernels";
import { mapInPlace } from "./map";
import { type CpuTensor, floats, type Memory } from "./memory";
import { eachSequence } from "./sequence";
import type { Verbs } from "./verbs";

/** A working copy of the state to start from, which the recurrence turns into the final one. */
function stateFrom(given: CpuTensor | undefined, length: number): Float32Array {
  return given ? floats(given).slice() : new Float32Array(length);
}

export const scan = (memory: Memory, kernels: Kernels): Verbs<"scan" | "selectiveScan" | "rwkv4"> => ({
  scan({ x, g, initialState, outputFinalState, varlen }) {
    const D = x.shape[1]!;
    const [data, decay] = [floats(x), floats(g).slice()];
    mapInPlace(kernels, "exp", decay);
    const state = stateFrom(initialState, varlen.sequences * D);
    const o = memory.make(x.shape, x.dtype, (o) =>
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++)
          for (let d = 0; d < D; d++) {
            const i = t * D + d;
            o[i] = state[n * D + d] = decay[i]! * state[n * D + d]! + data[i]!;
          }
      }),
    );
    return { o, finalState: keep(memory, outputFinalState, state, [varlen.sequences, D]) };
  },

  selectiveScan({ x, dt, A, B, C, D: skip, initialState, outputFinalState, varlen }) {
    const [D, S] = A.shape as [number, number];
    const [data, delta, a, b, c] = [floats(x), floats(dt), floats(A), floats(B), floats(C)];
    const state = stateFrom(initialState, varlen.sequences * D * S);
    const decay = new Float32Array(D * S);
    const o = memory.make(x.shape, x.dtype, (o) =>
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++) {
          for (let i = 0, d = 0; d < D; d++)
            for (const next = i + S; i < next; i++) decay[i] = delta[t * D + d]! * a[i]!;
          mapInPlace(kernels, "exp", decay);
          for (let d = 0; d < D; d++) {
            const [xt, step] = [data[t * D + d]!, delta[t * D + d]!];
            let y = (skip?.data[d] ?? 0) * xt;
            for (let i = 0, h = (n * D + d) * S; i < S; i++, h++) {
              state[h] = decay[d * S + i]! * state[h]! + step * xt * b[t * S + i]!;
              y += state[h]! * c[t * S + i]!;
            }
            o[t * D + d] = y;
          }
        }
      }),
    );
    return { o, finalState: keep(memory, outputFinalState, state, [varlen.sequences, D, S]) };
  },

  rwkv4({ w, u, k, v, initialState, outputFinalState, varlen }) {
    const C = w.shape[0]!;
    const [keys, values, bonus] = [floats(k), floats(v), floats(u)];
    const decay = floats(w).map((x) => -Math.exp(x));
    const state = stateFrom(initialState, varlen.sequences * 3 * C);
    if (!initialState)
      for (let n = 0; n < varlen.sequences; n++)
        state.fill(Number.NEGATIVE_INFINITY, (n * 3 + 2) * C, (n * 3 + 3) * C);
    const o = memory.make(v.shape, v.dtype, (o) =>
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++)
          for (let c = 0; c < C; c++) {
            const [num, den, exponent] = [n * 3 * C + c, (n * 3 + 1) * C + c, (n * 3 + 2) * C + c];
            const [kt, vt, eps] = [keys[t * C + c]!, values[t * C + c]!, state[exponent]!];
            const now = bonus[c]! + kt;
            const top = Math.max(eps, now);
            const [past, present] = [Math.exp(eps - top), Math.exp(now - top)];
            o[t * C + c] = (past * state[num]! + present * vt) / (past * state[den]! + present);
            const next = Math.fround(Math.max(eps + decay[c]!, kt));
            const [held, fresh] = [Math.exp(eps + decay[c]! - next), Math.exp(kt - next)];
            state[num] = held * state[num]! + fresh * vt;
            state[den] = held * state[den]! + fresh;
            state[exponent] = next;
          }
      }),
    );
    return { o, finalState: keep(memory, outputFinalState, state, [varlen.sequences, 3, C]) };
  },
});

function keep(memory: Memory, wanted: boolean, state: Float32Array, shape: readonly number[]) {
  return wanted ? memory.make(shape, "f32", (o) => o.set(state)) : undefined;
}
