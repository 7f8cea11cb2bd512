import type { Decay, Erase, LinearAttentionArgs } from "@webfla/ops";
import type { CpuTensor } from "../src/index";

type Args = LinearAttentionArgs<CpuTensor>;

/** Row [width] of value head hv in [rows, heads, width]. */
function headRow(x: CpuTensor, row: number, hv: number, HV: number): number[] {
  const [, heads, width] = x.shape as [number, number, number];
  const at = (row * heads + Math.floor(hv / (HV / heads))) * width;
  return [...x.data.slice(at, at + width)];
}

function unit(x: readonly number[], normalise: boolean): number[] {
  const norm = normalise ? Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 1e-6)) : 1;
  return x.map((xi) => xi / norm);
}

const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, xi, i) => sum + xi * y[i]!, 0);
const column = (S: readonly number[][], j: number) => S.map((row) => row[j]!);

function logDecay(decay: Decay<CpuTensor>, t: number, hv: number, HV: number, i: number, j: number): number {
  const [, , width = 1] = decay.kind === "head" ? [] : decay.g.shape;
  switch (decay.kind) {
    case "head":
      return decay.slopes.data[hv]!;
    case "scalar":
      return decay.g.data[t * HV + hv]!;
    case "vector":
      return decay.g.data[(t * HV + hv) * width + i]!;
    case "value":
      return decay.g.data[(t * HV + hv) * width + j]!;
  }
}

/** Linear attention as the contract's equations say it, in f64. */
export function recurrence64(args: Args): { o: number[]; finalState: number[] } {
  const { q, k, v, decay, erase, read, steps = 1, qkL2Norm = false, initialState, varlen } = args;
  const [T, , K] = q.shape as [number, number, number];
  const [, HV, V] = v.shape as [number, number, number];
  const scale = args.scale ?? K ** -0.5;
  const o = new Array<number>(T * HV * V).fill(Number.NaN);
  const finalState: number[] = [];
  for (let n = 0; n < varlen.sequences; n++)
    for (let hv = 0; hv < HV; hv++) {
      let S = Array.from({ length: K }, (_, i) =>
        Array.from({ length: V }, (_, j) => initialState?.data[((n * HV + hv) * K + i) * V + j] ?? 0),
      );
      for (let t = varlen.cuSeqlens[n]!; t < varlen.cuSeqlens[n + 1]!; t++) {
        const query = unit(headRow(q, t, hv, HV), qkL2Norm).map((x) => x * scale);
        const seen = S.map((row) => [...row]);
        for (let step = 0; step < steps; step++) {
          const row = t * steps + step;
          const [kt, vt] = [unit(headRow(k, row, hv, HV), qkL2Norm), headRow(v, row, hv, HV)];
          const fresh = step === 0 && decay;
          const held = S;
          S = S.map((r, i) => r.map((s, j) => (fresh ? s * Math.exp(logDecay(fresh, t, hv, HV, i, j)) : s)));
          S = write(S, held, erase, kt, vt, row, hv, HV);
          if (read?.kind === "bonus")
            for (const [i, r] of seen.entries())
              for (const j of r.keys()) r[j]! += read.u.data[hv * K + i]! * kt[i]! * vt[j]!;
        }
        const from = read?.kind === "bonus" ? seen : S;
        for (let j = 0; j < V; j++) o[(t * HV + hv) * V + j] = dot(query, column(from, j));
      }
      finalState.push(...S.flat());
    }
  return { o, finalState };
}

function write(
  S: number[][],
  held: number[][],
  erase: Erase<CpuTensor> | undefined,
  k: number[],
  v: number[],
  row: number,
  hv: number,
  HV: number,
): number[][] {
  const add = (x: readonly number[], y: readonly number[]) =>
    S.map((r, i) => r.map((s, j) => s + x[i]! * y[j]!));
  switch (erase?.kind) {
    case undefined:
      return add(k, v);
    case "delta": {
      const e = erase.eraseKey ? headRow(erase.eraseKey, row, hv, HV) : k;
      const beta = erase.beta?.data[row * HV + hv] ?? 1;
      return add(
        k,
        v.map((x, j) => beta * (x - dot(e, column(S, j)))),
      );
    }
    case "lowRank": {
      const [a, b] = [headRow(erase.a, row, hv, HV), headRow(erase.b, row, hv, HV)];
      const back = v.map((_, j) => dot(a, column(held, j)));
      return S.map((r, i) => r.map((s, j) => s + b[i]! * back[j]! + k[i]! * v[j]!));
    }
    case "oja": {
      const beta = erase.beta.data[row * HV + hv]!;
      return add(
        k.map((x, i) => beta * (x - dot(S[i]!, v))),
        v,
      );
    }
  }
}
