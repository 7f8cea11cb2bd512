/**
 * What one write multiplies the state S [rows, columns] with. Every law is one equation,
 *
 *     S' = diag(rowDecay) S diag(columnDecay)      r = eraseᵀ (S' or S)
 *     after = S' + write uᵀ + second rᵀ            u = beta (x − keep r)
 *
 * with zeros where a law has no such term.
 */
export interface Terms {
  readonly rowDecay: Float64Array; // [rows]
  readonly write: Float64Array; // [rows]
  readonly erase: Float64Array; // [rows]
  readonly second: Float64Array; // [rows]
  readonly columnDecay: Float64Array; // [columns]
  readonly x: Float64Array; // [columns]
  beta: number;
}

/** Gradients of one write's terms; those of decays are the log decays'. */
export interface TermGradients extends Terms {
  readonly r: Float64Array; // [columns]
  readonly u: Float64Array; // [columns]
}

export interface Law {
  readonly rows: number;
  readonly columns: number;
  /** Whether r reads S' (1) or S (0). */
  readonly decayed: number;
  /** Whether u removes r (1) or not (0). */
  readonly keep: number;
}

export const makeTerms = ({ rows, columns }: Law): Terms => ({
  rowDecay: new Float64Array(rows),
  write: new Float64Array(rows),
  erase: new Float64Array(rows),
  second: new Float64Array(rows),
  columnDecay: new Float64Array(columns),
  x: new Float64Array(columns),
  beta: 0,
});

export const makeTermGradients = (law: Law): TermGradients => ({
  ...makeTerms(law),
  r: new Float64Array(law.columns),
  u: new Float64Array(law.columns),
});

/** One write; `r` is scratch [columns]. */
export function advance(
  { rows, columns, decayed, keep }: Law,
  { rowDecay, write, erase, second, columnDecay, x, beta }: Terms,
  r: Float64Array,
  before: Float32Array,
  after: Float32Array,
): void {
  r.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const [decay, e] = [rowDecay[i]!, erase[i]!];
    for (let c = 0; c < columns; c++, at++) {
      const s = before[at]!;
      const held = s * decay * columnDecay[c]!;
      r[c]! += e * (decayed ? held : s);
      after[at] = held;
    }
  }
  for (let i = 0, at = 0; i < rows; i++) {
    const [w, b] = [write[i]!, second[i]!];
    for (let c = 0; c < columns; c++, at++) after[at]! += w * beta * (x[c]! - keep * r[c]!) + b * r[c]!;
  }
}

/** Turns G, the gradient of the state after a write, into that of the state before it, and sets the terms' gradients. */
export function retreat(
  { rows, columns, decayed, keep }: Law,
  { rowDecay, write, erase, second, columnDecay, x, beta }: Terms,
  r: Float64Array,
  before: Float32Array,
  G: Float64Array,
  d: TermGradients,
): void {
  r.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const [decay, e] = [rowDecay[i]!, erase[i]!];
    if (e === 0) at += columns;
    else
      for (let c = 0; c < columns; c++, at++)
        r[c]! += e * before[at]! * (decayed ? decay * columnDecay[c]! : 1);
  }
  const { r: dr, u: du } = d;
  dr.fill(0);
  du.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const [w, b] = [write[i]!, second[i]!];
    let [toWrite, toSecond] = [0, 0];
    for (let c = 0; c < columns; c++, at++) {
      const g = G[at]!;
      toWrite += g * beta * (x[c]! - keep * r[c]!);
      toSecond += g * r[c]!;
      du[c]! += g * w;
      dr[c]! += g * b;
    }
    d.write[i] = toWrite;
    d.second[i] = toSecond;
  }
  d.beta = 0;
  for (let c = 0; c < columns; c++) {
    d.beta += du[c]! * (x[c]! - keep * r[c]!);
    d.x[c] = beta * du[c]!;
    dr[c]! -= keep * beta * du[c]!;
  }
  d.columnDecay.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const [decay, e] = [rowDecay[i]!, erase[i]!];
    let [toErase, toDecay] = [0, 0];
    for (let c = 0; c < columns; c++, at++) {
      const factor = decay * columnDecay[c]!;
      const held = before[at]! * factor;
      const erased = e * dr[c]!;
      const g = decayed ? G[at]! + erased : G[at]!;
      toErase += (decayed ? held : before[at]!) * dr[c]!;
      toDecay += g * held;
      d.columnDecay[c]! += g * held;
      G[at] = decayed ? factor * g : factor * g + erased;
    }
    d.erase[i] = toErase;
    d.rowDecay[i] = toDecay;
  }
}

/**
 * The gradient of leftᵀ S right: adds left rightᵀ to G, and sets dLeft = S right and dRight = Sᵀ left.
 */
export function readBack(
  S: Float32Array,
  G: Float64Array,
  left: Float64Array,
  right: Float64Array,
  dLeft: Float64Array,
  dRight: Float64Array,
): void {
  dRight.fill(0);
  for (let i = 0, at = 0; i < left.length; i++) {
    const l = left[i]!;
    let toLeft = 0;
    for (let c = 0; c < right.length; c++, at++) {
      G[at]! += l * right[c]!;
      toLeft += S[at]! * right[c]!;
      dRight[c]! += S[at]! * l;
    }
    dLeft[i] = toLeft;
  }
}
