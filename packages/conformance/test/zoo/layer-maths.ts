// The parts that layers are made of, over the rows of one document, in f64.
import { rotary } from "@webfla/reference/oracle/rotary";
import { head, times } from "./random-layer";

export type Weights = Readonly<Record<string, Float32Array>>;
export type Rows = readonly (readonly number[])[];

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const logSigmoid = (x: number): number => -Math.log1p(Math.exp(-x));
export const silu = (x: number): number => x * sigmoid(x);
export const relu = (x: number): number => Math.max(0, x);

export const each = (rows: Rows, f: (x: number) => number): number[][] => rows.map((row) => row.map(f));
export const flat = (rows: Rows): Float64Array => Float64Array.from(rows.flat());
export const unflat = (x: Float64Array, rows: number): number[][] =>
  Array.from({ length: rows }, (_, t) => [...x.subarray((t * x.length) / rows, ((t + 1) * x.length) / rows)]);

/** W x + b under a name, behind the convolution of `<name>_conv1d` where there is one. */
export function stream(
  w: Weights,
  name: string,
  xs: Rows,
  activation: (x: number) => number = (x) => x,
): number[][] {
  const ys = xs.map((x) => affine(w, `${name}_proj`, x));
  const filter = w[`${name}_conv1d.weight`];
  if (!filter) return each(ys, activation);
  return ys.map((y, t) =>
    y.map((_, d) => activation(convolve(filter, y.length, (s) => ys[t - s]?.[d] ?? 0, d))),
  );
}

const convolve = (filter: Float32Array, D: number, past: (s: number) => number, d: number): number => {
  const W = filter.length / D;
  return Array.from({ length: W }, (_, i) => filter[d * W + i]! * past(W - 1 - i)).reduce((a, b) => a + b);
};

export const affine = (w: Weights, name: string, x: readonly number[]): number[] =>
  times(w[`${name}.weight`]!, x).map((y, i) => y + (w[`${name}.bias`]?.[i] ?? 0));

/** Every head of D channels, `groups` times in a row. */
export const spread = (rows: Rows, D: number, groups: number): number[][] =>
  rows.map((row) =>
    Array.from({ length: (row.length / D) * groups }, (_, h) =>
      head([...row], Math.floor(h / groups), D),
    ).flat(),
  );

/** rms(o) · weight, D channels at a time. */
export const rms = (row: readonly number[], D: number, weight: Float32Array, eps: number): number[] =>
  row.map((x, i) => {
    const own = head([...row], Math.floor(i / D), D);
    return (x / Math.sqrt(own.reduce((sum, y) => sum + y * y, 0) / D + eps)) * weight[i % D]!;
  });

/** Rows of o normed a head at a time, times silu of the gate where there is one, projected: under FLA's names for either form of the norm. */
export function gatedOutput(
  w: Weights,
  o: Rows,
  xs: Rows,
  { valueDim, normEps }: { readonly valueDim: number; readonly normEps: number },
): number[][] {
  const norm = w["g_norm_swish_gate.weight"] ?? w["g_norm.weight"]!;
  return o.map((row, t) => {
    const gate = w["g_proj.weight"] && times(w["g_proj.weight"], xs[t]!);
    const normed = rms(row, valueDim, norm, normEps);
    return times(
      w["o_proj.weight"]!,
      normed.map((y, i) => y * (gate ? silu(gate[i]!) : 1)),
    );
  });
}

/** Each head turned by its position. */
export function rotate(rows: Rows, K: number): number[][] {
  const T = rows.length;
  const angles = Float64Array.from({ length: (T * K) / 2 }, (_, n) => {
    const [t, i] = [Math.floor(n / (K / 2)), n % (K / 2)];
    return t * 10_000 ** ((-2 * i) / K);
  });
  const sizes = { H: T ? rows[0]!.length / K : 1, K };
  const table = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
  return unflat(rotary({ x: flat(rows), ...table, cuSeqlens: [0, T], sizes }).o, T);
}
