import { type CpuTensor, floats, type Memory } from "./memory";
import { eachSequence } from "./sequence";
import type { Args, Verbs } from "./verbs";

/** Row `row` of x for value head `hv`: tensors of key heads are shared by HV / H value heads. */
function headRow(x: CpuTensor, row: number, hv: number, HV: number): Float32Array {
  const [, heads, width] = x.shape as [number, number, number];
  const at = (row * heads + Math.floor(hv / (HV / heads))) * width;
  return floats(x).subarray(at, at + width);
}

function unit(x: Float32Array, normalise: boolean, scale = 1): Float64Array {
  const squares = normalise ? x.reduce((sum, xi) => sum + xi * xi, 1e-6) : 1;
  return Float64Array.from(x, (xi) => (xi * scale) / Math.sqrt(squares));
}

/** Multiplies S [K, V] by the decay of token t. */
function decayState(
  decay: Args<"linearAttention">["decay"],
  S: Float32Array,
  t: number,
  hv: number,
  HV: number,
  K: number,
  V: number,
): void {
  if (!decay) return;
  const at = t * HV + hv;
  for (let i = 0; i < K; i++)
    for (let j = 0; j < V; j++) {
      const g =
        decay.kind === "head"
          ? decay.slopes.data[hv]!
          : decay.kind === "scalar"
            ? decay.g.data[at]!
            : decay.kind === "vector"
              ? decay.g.data[at * K + i]!
              : decay.g.data[at * V + j]!;
      S[i * V + j]! *= Math.exp(g);
    }
}

function dotColumns(S: Float32Array, x: ArrayLike<number>, K: number, V: number): Float64Array {
  const r = new Float64Array(V);
  for (let i = 0; i < K; i++) for (let j = 0; j < V; j++) r[j]! += S[i * V + j]! * x[i]!;
  return r;
}

export const linearAttention = (memory: Memory): Verbs<"linearAttention"> => ({
  linearAttention({
    q,
    k,
    v,
    decay,
    erase,
    read,
    scale,
    initialState,
    outputFinalState,
    steps,
    qkL2Norm,
    varlen,
    sizes,
  }) {
    const { N, HV, K, V } = sizes;
    const state = initialState ? floats(initialState).slice() : new Float32Array(N * HV * K * V);
    const o = memory.make([sizes.T, HV, V], v.dtype, (o) =>
      eachSequence(varlen, (n, start, end) => {
        for (let t = start; t < end; t++)
          for (let hv = 0; hv < HV; hv++) {
            const S = state.subarray((n * HV + hv) * K * V, (n * HV + hv + 1) * K * V);
            const out = o.subarray((t * HV + hv) * V, (t * HV + hv + 1) * V);
            const qt = unit(headRow(q, t, hv, HV), qkL2Norm, scale);
            if (read.kind === "bonus") out.set(dotColumns(S, qt, K, V));
            for (let step = 0; step < steps; step++) {
              const row = t * steps + step;
              const kt = unit(headRow(k, row, hv, HV), qkL2Norm);
              const vt = Float64Array.from(headRow(v, row, hv, HV));
              const undecayed =
                erase?.kind === "lowRank" ? dotColumns(S, headRow(erase.a, row, hv, HV), K, V) : undefined;
              if (step === 0) decayState(decay, S, t, hv, HV, K, V);
              if (read.kind === "bonus") {
                let seen = 0;
                for (let i = 0; i < K; i++) seen += qt[i]! * read.u.data[hv * K + i]! * kt[i]!;
                for (let j = 0; j < V; j++) out[j]! += seen * vt[j]!;
              }
              const beta = erase && erase.kind !== "lowRank" ? (erase.beta?.data[row * HV + hv] ?? 1) : 1;
              if (erase?.kind === "delta") {
                const held = dotColumns(S, erase.eraseKey ? headRow(erase.eraseKey, row, hv, HV) : kt, K, V);
                for (let j = 0; j < V; j++) vt[j] = beta * (vt[j]! - held[j]!);
              } else if (erase?.kind === "oja") {
                for (let i = 0; i < K; i++) {
                  let held = 0;
                  for (let j = 0; j < V; j++) held += S[i * V + j]! * vt[j]!;
                  kt[i] = beta * (kt[i]! - held);
                }
              }
              const b = erase?.kind === "lowRank" ? headRow(erase.b, row, hv, HV) : undefined;
              for (let i = 0; i < K; i++)
                for (let j = 0; j < V; j++)
                  S[i * V + j]! += kt[i]! * vt[j]! + (b ? b[i]! * undecayed![j]! : 0);
            }
            if (read.kind === "after") out.set(dotColumns(S, qt, K, V));
          }
      }),
    );
    const finalState = outputFinalState ? memory.make([N, HV, K, V], "f32", (o) => o.set(state)) : undefined;
    return { o, finalState };
  },
});
