import type { Kernels, RecurrenceName } from "./kernels";
import { mapInPlace } from "./map";
import { type CpuTensor, floats } from "./memory";
import { headConstant, headRows, headScalars, ones, type Stream, zeros } from "./stream";
import type { Args } from "./verbs";

/**
 * One head's laws in the recurrence's terms. The state has rows and columns: key and value channels, or, for Oja's
 * rule, value and key channels (the delta rule of the transposed state, read along its rows).
 */
export interface Laws {
  readonly rowDecay: Stream; // by token
  readonly columnDecay: Stream; // by token
  readonly write: Stream; // along rows, by write
  readonly x: Stream; // along columns, by write
  readonly erase: Stream; // along rows, by write
  /** Whether a write erases from the decayed state. */
  readonly eraseDecayed: boolean;
  readonly second: Stream; // along rows, by write
  readonly beta: Stream; // by write
  readonly q: Stream; // by token, along rows, or along columns where transposed
  readonly k: Stream; // by write
  readonly v: Stream; // by write
  readonly u: Stream;
}

/** What all heads share: which kernel, which way the state lies, and the tensors that were mapped beforehand. */
export interface Plan {
  readonly kernel: RecurrenceName;
  readonly transposed: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly erases: boolean;
  readonly columnDecay: boolean;
  head(hv: number): Laws;
}

export function plan(args: Args<"linearAttention">, kernels: Kernels): Plan {
  const { q, k, v, decay, erase, read, scale, qkL2Norm, sizes } = args;
  const { HV, K, V } = sizes;
  const queries = rowsTimes(floats(q), K, scale, qkL2Norm);
  const keys = qkL2Norm ? rowsTimes(floats(k), K, 1, true) : floats(k);
  const factors = decay && floats(decay.kind === "head" ? decay.slopes : decay.g).slice();
  if (factors) mapInPlace(kernels, "exp", factors);
  const transposed = erase?.kind === "oja";
  const columnDecay = decay?.kind === (transposed ? "vector" : "value");
  const kind = erase?.kind ?? "none";

  const decayOf = (hv: number): Stream => {
    if (!decay || !factors) return ones;
    if (decay.kind === "head") return headConstant(factors, hv);
    return decay.kind === "scalar" ? headScalars(factors, hv, HV) : headRows(decay.g, hv, HV, factors);
  };
  const betaOf = (beta: CpuTensor | undefined, hv: number): Stream =>
    beta ? headScalars(floats(beta), hv, HV) : ones;

  return {
    kernel: columnDecay ? `${kind}Column` : kind,
    transposed,
    rows: transposed ? V : K,
    columns: transposed ? K : V,
    erases: kind !== "none",
    columnDecay,
    head(hv) {
      const key = headRows(k, hv, HV, keys);
      const value = headRows(v, hv, HV);
      const law = decayOf(hv);
      return {
        rowDecay: columnDecay ? ones : law,
        columnDecay: columnDecay ? law : ones,
        write: transposed ? value : key,
        x: transposed ? key : value,
        eraseDecayed: kind !== "lowRank",
        q: headRows(q, hv, HV, queries),
        k: key,
        v: value,
        u: read.kind === "bonus" ? { ...headRows(read.u, hv, HV), offset: hv * K, row: 0 } : zeros,
        ...eraseOf(hv, key, value),
      };
    },
  };

  function eraseOf(hv: number, key: Stream, value: Stream): Pick<Laws, "erase" | "second" | "beta"> {
    switch (erase?.kind) {
      case undefined:
        return { erase: zeros, second: zeros, beta: ones };
      case "delta":
        return {
          erase: erase.eraseKey ? headRows(erase.eraseKey, hv, HV) : key,
          second: zeros,
          beta: betaOf(erase.beta, hv),
        };
      case "lowRank":
        return { erase: headRows(erase.a, hv, HV), second: headRows(erase.b, hv, HV), beta: ones };
      case "oja":
        return { erase: value, second: zeros, beta: betaOf(erase.beta, hv) };
    }
  }
}

/** x times `scale`, and by row over sqrt(Σx² + 1e-6) where normalised. */
function rowsTimes(x: Float32Array, width: number, scale: number, normalise: boolean): Float32Array {
  const o = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += width) {
    let squares = normalise ? 1e-6 : 1;
    if (normalise) for (let i = from; i < from + width; i++) squares += x[i]! * x[i]!;
    const factor = scale / Math.sqrt(squares);
    for (let i = from; i < from + width; i++) o[i] = x[i]! * factor;
  }
  return o;
}
