import type { Kernels, RecurrenceName } from "./kernels";
import { mapInPlace } from "./map";
import { floats } from "./memory";
import { headConstant, headRows, headScalars, ones, type Stream, zeros } from "./stream";
import type { Args } from "./verbs";

/**
 * One head's laws in the recurrence's terms. The state has rows and columns: key and value channels, or, for Oja's
 * rule, value and key channels (the delta rule of the transposed state, read along its rows).
 */
export interface Laws<A = Float32Array> {
  readonly rowDecay: Stream<A>; // by token
  readonly columnDecay: Stream<A>; // by token
  readonly write: Stream<A>; // along rows, by write
  readonly x: Stream<A>; // along columns, by write
  readonly erase: Stream<A>; // along rows, by write
  /** Whether a write erases from the decayed state. */
  readonly eraseDecayed: boolean;
  readonly second: Stream<A>; // along rows, by write
  readonly beta: Stream<A>; // by write
  readonly q: Stream<A>; // by token, along rows, or along columns where transposed
  readonly k: Stream<A>; // by write
  readonly v: Stream<A>; // by write
  readonly u: Stream<A>;
}

/** The numbers of the laws, each laid out as the argument it comes from. */
export interface LawArrays<A> {
  readonly q: A;
  readonly k: A;
  readonly v: A;
  readonly decay: A | undefined;
  readonly erase: A | undefined; // eraseKey or a
  readonly second: A | undefined; // b
  readonly beta: A | undefined;
  readonly u: A | undefined;
}

/** What stands where a law is absent. */
export interface Absent<A> {
  readonly zeros: Stream<A>;
  readonly ones: Stream<A>;
}

/** What all heads share: which kernel, which way the state lies, and the tensors that were mapped beforehand. */
export interface Plan {
  readonly kernel: RecurrenceName;
  readonly transposed: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly erases: boolean;
  readonly columnDecay: boolean;
  readonly values: LawArrays<Float32Array>;
  head(hv: number): Laws;
}

export function plan(args: Args<"linearAttention">, kernels: Kernels): Plan {
  const { q, k, v, decay, erase, read, scale, qkL2Norm, sizes } = args;
  const { K, V } = sizes;
  const transposed = erase?.kind === "oja";
  const kind = erase?.kind ?? "none";
  const factors = decay && floats(decay.kind === "head" ? decay.slopes : decay.g).slice();
  if (factors) mapInPlace(kernels, "exp", factors);
  const eraser = erase?.kind === "lowRank" ? erase.a : erase?.kind === "delta" ? erase.eraseKey : undefined;
  const beta = erase && "beta" in erase ? erase.beta : undefined;
  const values: LawArrays<Float32Array> = {
    q: rowsTimes(floats(q), K, scale, qkL2Norm),
    k: qkL2Norm ? rowsTimes(floats(k), K, 1, true) : floats(k),
    v: floats(v),
    decay: factors,
    erase: eraser && floats(eraser),
    second: erase?.kind === "lowRank" ? floats(erase.b) : undefined,
    beta: beta && floats(beta),
    u: read.kind === "bonus" ? floats(read.u) : undefined,
  };
  const columnDecay = decaysColumns(args);
  return {
    kernel: columnDecay ? `${kind}Column` : kind,
    transposed,
    rows: transposed ? V : K,
    columns: transposed ? K : V,
    erases: kind !== "none",
    columnDecay,
    values,
    head: (hv) => headLaws(args, hv, values, { zeros, ones }),
  };
}

const decaysColumns = ({ decay, erase }: Args<"linearAttention">): boolean =>
  decay?.kind === (erase?.kind === "oja" ? "vector" : "value");

/** Where value head hv finds the terms of its laws in arrays that are laid out as the arguments. */
export function headLaws<A>(
  args: Args<"linearAttention">,
  hv: number,
  at: LawArrays<A>,
  absent: Absent<A>,
): Laws<A> {
  const { q, k, v, decay, erase, sizes } = args;
  const { HV, K } = sizes;
  const key = headRows(k, hv, HV, at.k);
  const value = headRows(v, hv, HV, at.v);
  const transposed = erase?.kind === "oja";
  const columnDecay = decaysColumns(args);
  const law = decayOf();
  const eraser = erase?.kind === "lowRank" ? erase.a : erase?.kind === "delta" && erase.eraseKey;
  return {
    rowDecay: columnDecay ? absent.ones : law,
    columnDecay: columnDecay ? law : absent.ones,
    write: transposed ? value : key,
    x: transposed ? key : value,
    erase: eraser && at.erase ? headRows(eraser, hv, HV, at.erase) : erasesItself(),
    eraseDecayed: erase?.kind !== "lowRank",
    second: erase?.kind === "lowRank" && at.second ? headRows(erase.b, hv, HV, at.second) : absent.zeros,
    beta: at.beta ? headScalars(at.beta, hv, HV) : absent.ones,
    q: headRows(q, hv, HV, at.q),
    k: key,
    v: value,
    u: at.u ? { data: at.u, offset: hv * K, row: 0, step: 1 } : absent.zeros,
  };

  function decayOf(): Stream<A> {
    if (!decay || !at.decay) return absent.ones;
    if (decay.kind === "head") return headConstant(at.decay, hv);
    return decay.kind === "scalar" ? headScalars(at.decay, hv, HV) : headRows(decay.g, hv, HV, at.decay);
  }

  function erasesItself(): Stream<A> {
    if (!erase) return absent.zeros;
    return transposed ? value : key;
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
