/** Head counts and widths: value head h reads query and key head floor(h / (HV / H)). */
export interface Sizes {
  readonly H: number;
  /** Value heads; H if left out. */
  readonly HV?: number | undefined;
  readonly K: number;
  readonly V: number;
}

/** Packed sequences: sequence n owns tokens cuSeqlens[n] up to cuSeqlens[n + 1]. */
export interface Ragged {
  /** [N+1] */
  readonly cuSeqlens: ArrayLike<number>;
}

/** What every matrix-state oracle takes beside its tensors. */
export interface Recurrence extends Ragged {
  readonly sizes: Sizes;
  /** Multiplies the query; K^-0.5 unless the oracle says otherwise. */
  readonly scale?: number | undefined;
  /** [N, HV, K, V]; zeros if left out. */
  readonly initialState?: Float64Array | undefined;
}

export type Tensors<Names extends string> = Readonly<Record<Names, Float64Array>>;

/** o [T, HV, V], finalState shaped as initialState. */
export interface Output<State = Float64Array> {
  readonly o: Float64Array;
  readonly finalState: State;
}

/** The sequences in order, as token ranges. */
export function* sequences(cuSeqlens: ArrayLike<number>) {
  for (let n = 0; n + 1 < cuSeqlens.length; n++) yield { n, start: cuSeqlens[n]!, end: cuSeqlens[n + 1]! };
}

/** Every (token, value head) in order, as row numbers: of the state, of q and k, of v and o. */
export function* steps(cuSeqlens: ArrayLike<number>, { H, HV = H }: Pick<Sizes, "H" | "HV">) {
  for (const { n, start, end } of sequences(cuSeqlens))
    for (let t = start; t < end; t++)
      for (let head = 0; head < HV; head++)
        yield { head, state: n * HV + head, key: t * H + Math.floor(head / (HV / H)), value: t * HV + head };
}

/**
 * The state to start from, [N, width]: a copy of the one given, else zeros. Throws if its length is another.
 */
export function stateFrom(given: Float64Array | undefined, cuSeqlens: ArrayLike<number>, width: number) {
  const size = (cuSeqlens.length - 1) * width;
  if (given && given.length !== size)
    throw new RangeError(
      `oracle: initialState must hold ${size} numbers, got ${given.length}. Give one state per sequence.`,
    );
  return given?.slice() ?? new Float64Array(size);
}

/** Row `index` of x [., width], as a view. */
export const row = (x: Float64Array, index: number, width: number) =>
  x.subarray(index * width, (index + 1) * width);

export const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, xi, i) => sum + xi * y[i]!, 0);

/** S x, of S [I, J] and x [J]. */
export function times(S: Float64Array, x: Float64Array): Float64Array {
  const y = new Float64Array(S.length / x.length);
  for (let i = 0; i < y.length; i++) y[i] = dot(row(S, i, x.length), x);
  return y;
}

/** Sᵀ x, of S [I, J] and x [I]. */
export function transposeTimes(S: Float64Array, x: Float64Array): Float64Array {
  const y = new Float64Array(S.length / x.length);
  for (let i = 0; i < x.length; i++) for (let j = 0; j < y.length; j++) y[j]! += S[i * y.length + j]! * x[i]!;
  return y;
}

/** S ← S + x yᵀ, of S [I, J], x [I] and y [J]. */
export function addOuter(S: Float64Array, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) for (let j = 0; j < y.length; j++) S[i * y.length + j]! += x[i]! * y[j]!;
}

/** S ← diag(d) S, of S [I, J] and d [I]; a number d scales all of S. */
export function scaleRows(S: Float64Array, d: Float64Array | number): void {
  const width = typeof d === "number" ? S.length : S.length / d.length;
  for (let i = 0; i < S.length; i++) S[i]! *= typeof d === "number" ? d : d[Math.floor(i / width)]!;
}

/** S ← S diag(d), of S [I, J] and d [J]. */
export function scaleColumns(S: Float64Array, d: Float64Array): void {
  for (let i = 0; i < S.length; i++) S[i]! *= d[i % d.length]!;
}
