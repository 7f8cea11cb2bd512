import { times } from "./random-layer";

/** Parts of the delta family's layers in f64, over one document: rows are tokens. */
export type Weights = Readonly<Record<string, Float32Array>>;
type Rows = readonly (readonly number[])[];

/** What the layers' options share. */
export interface Heads {
  readonly headDim: number;
  readonly numHeads: number;
  readonly numValueHeads: number;
  readonly valueDim: number;
  readonly convSize: number;
  readonly normEps: number;
}

export const common = {
  hiddenSize: 12,
  headDim: 4,
  numHeads: 2,
  numValueHeads: 2,
  valueDim: 4,
  convSize: 4,
  normEps: 1e-5,
};
/** Three value heads to a key head. */
export const grouped = { numValueHeads: 6, valueDim: 3 };

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const silu = (x: number): number => x * sigmoid(x);
const softplus = (x: number): number => Math.log1p(Math.exp(x));

export const flat = (rows: Rows): Float64Array => Float64Array.from(rows.flat());
export const project = (W: Float32Array, xs: Rows): number[][] => xs.map((x) => times(W, x));
export const map = (rows: Rows, f: (x: number, channel: number) => number): number[][] =>
  rows.map((row) => row.map(f));

/** act(conv(W x)), of q, k or v. */
export function stream(w: Weights, name: string, xs: Rows, activation = silu): number[][] {
  const ys = project(w[`${name}_proj.weight`]!, xs);
  const filter = w[`${name}_conv1d.weight`];
  if (!filter) return map(ys, activation);
  const W = (filter.length / w[`${name}_proj.weight`]!.length) * (xs[0]?.length ?? 0);
  const at = (t: number, d: number): number =>
    Array.from({ length: W }, (_, i) => filter[d * W + i]! * (ys[t - W + 1 + i]?.[d] ?? 0)).reduce(
      (a, b) => a + b,
    );
  return ys.map((y, t) => y.map((_, d) => activation(at(t, d))));
}

/** Pieces of `size` channels, each mapped. */
export const pieces = (rows: Rows, size: number, f: (piece: number[]) => readonly number[]): number[][] =>
  rows.map((row) =>
    Array.from({ length: row.length / size }, (_, h) => f(row.slice(h * size, (h + 1) * size))).flat(),
  );

/** Every piece as long as 1. */
export const unit = (rows: Rows, size: number): number[][] =>
  pieces(rows, size, (piece) => {
    const length = Math.sqrt(piece.reduce((sum, x) => sum + x * x, 1e-6));
    return piece.map((x) => x / length);
  });

/** Every piece `count` times in a row. */
export const repeat = (rows: Rows, size: number, count: number): number[][] =>
  pieces(rows, size, (piece) => new Array<number[]>(count).fill(piece).flat());

/** The log decay of raw gates, `size` channels to a rate. */
export const decay = (
  raw: Rows,
  {
    rate,
    bias,
    size = 1,
    lowerBound,
  }: {
    readonly rate: Float32Array;
    readonly bias: Float32Array;
    readonly size?: number;
    readonly lowerBound?: number | undefined;
  },
): number[][] =>
  map(raw, (x, c) => {
    const speed = Math.exp(rate[Math.floor(c / size)]!);
    return lowerBound === undefined
      ? -speed * softplus(x + bias[c]!)
      : lowerBound * sigmoid(speed * (x + bias[c]!));
  });

/** W_o (rms(o) · o_norm · gate), the gate already activated. */
export function output(
  w: Weights,
  o: Float64Array,
  { numValueHeads, valueDim: V, normEps }: Omit<Heads, "numHeads" | "headDim" | "convSize">,
  gate?: Rows,
): number[][] {
  const width = numValueHeads * V;
  const rows = Array.from({ length: o.length / width }, (_, t) => [
    ...o.subarray(t * width, (t + 1) * width),
  ]);
  const normed = pieces(rows, V, (piece) => {
    const size = Math.sqrt(piece.reduce((sum, x) => sum + x * x, 0) / V + normEps);
    return piece.map((x, j) => (x / size) * w["o_norm.weight"]![j]!);
  });
  const gated = normed.map((row, t) => row.map((x, c) => x * (gate?.[t]?.[c] ?? 1)));
  return project(w["o_proj.weight"]!, gated);
}

/** sigmoid(W₁ W₀ x + b), the gate of the KDA layers. */
export const lowRankGate = (w: Weights, xs: Rows): number[][] =>
  map(project(w["g_proj.1.weight"]!, project(w["g_proj.0.weight"]!, xs)), (x, c) =>
    sigmoid(x + w["g_proj.1.bias"]![c]!),
  );

/** W₁ W₀ x, of the decay of the KDA layers. */
export const bottleneck = (w: Weights, xs: Rows): number[][] =>
  project(w["f_proj.1.weight"]!, project(w["f_proj.0.weight"]!, xs));

export const sizesOf = ({ numHeads: H, numValueHeads: HV, headDim: K, valueDim: V }: Heads) => ({
  H,
  HV,
  K,
  V,
});
