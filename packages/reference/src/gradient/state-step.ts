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

/** What a write finds on its way. */
export interface Found {
  readonly r: Float64Array; // [columns]
  readonly u: Float64Array; // [columns]
}

/** Gradients of one write's terms; those of decays are the log decays'. */
export type TermGradients = Terms & Found;

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

export const makeFound = ({ columns }: Law): Found => ({
  r: new Float64Array(columns),
  u: new Float64Array(columns),
});

export const makeTermGradients = (law: Law): TermGradients => ({ ...makeTerms(law), ...makeFound(law) });

/** One write. */
export function advance(
  law: Law,
  terms: Terms,
  found: Found,
  before: Float32Array,
  after: Float32Array,
): void {
  const { rows, columns } = law;
  const { rowDecay, write, second, columnDecay } = terms;
  const { r, u } = found;
  find(law, terms, found, before);
  for (let i = 0, at = 0; i < rows; i++) {
    const decay = rowDecay[i]!;
    const w = write[i]!;
    const f = second[i]!;
    for (let c = 0; c < columns; c++, at++)
      after[at] = before[at]! * decay * columnDecay[c]! + w * u[c]! + f * r[c]!;
  }
}

/** What the write reads from the state, and what it writes along the columns. */
function find(
  { rows, columns, decayed, keep }: Law,
  { rowDecay, erase, columnDecay, x, beta }: Terms,
  { r, u }: Found,
  before: Float32Array,
): void {
  r.fill(0);
  for (let i = 0, at = 0; i < rows; i++, at += columns) {
    const e = decayed ? erase[i]! * rowDecay[i]! : erase[i]!;
    // laws that erase nothing have no r
    if (e !== 0) for (let c = 0; c < columns; c++) r[c]! += e * before[at + c]!;
  }
  for (let c = 0; c < columns; c++) {
    if (decayed) r[c]! *= columnDecay[c]!;
    u[c] = beta * (x[c]! - keep * r[c]!);
  }
}

/** Turns G, the gradient of the state after a write, into that of the state before it, and sets the terms' gradients. */
export function retreat(
  law: Law,
  terms: Terms,
  found: Found,
  before: Float32Array,
  G: Float64Array,
  d: TermGradients,
): void {
  const { rows, columns, keep } = law;
  const { write, second, x, beta } = terms;
  const { r, u } = found;
  const { r: dr, u: du } = d;
  find(law, terms, found, before);
  dr.fill(0);
  du.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const w = write[i]!;
    const f = second[i]!;
    let toWrite = 0;
    let toSecond = 0;
    for (let c = 0; c < columns; c++, at++) {
      const g = G[at]!;
      toWrite += g * u[c]!;
      toSecond += g * r[c]!;
      du[c]! += g * w;
      dr[c]! += g * f;
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
  if (law.decayed) retreatDecayed(law, terms, before, G, d);
  else retreatHeld(law, terms, before, G, d);
}

/** The rest of a write that erases from the decayed state. */
function retreatDecayed(
  { rows, columns }: Law,
  { rowDecay, erase, columnDecay }: Terms,
  before: Float32Array,
  G: Float64Array,
  d: TermGradients,
): void {
  const { r: dr, columnDecay: dColumn } = d;
  dColumn.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const decay = rowDecay[i]!;
    const e = erase[i]!;
    let toErase = 0;
    let toDecay = 0;
    for (let c = 0; c < columns; c++, at++) {
      const factor = decay * columnDecay[c]!;
      const held = before[at]! * factor;
      const g = G[at]! + e * dr[c]!;
      toErase += held * dr[c]!;
      toDecay += g * held;
      dColumn[c]! += g * held;
      G[at] = factor * g;
    }
    d.erase[i] = toErase;
    d.rowDecay[i] = toDecay;
  }
}

/** The rest of a write that erases from the state before its decay. */
function retreatHeld(
  { rows, columns }: Law,
  { rowDecay, erase, columnDecay }: Terms,
  before: Float32Array,
  G: Float64Array,
  d: TermGradients,
): void {
  const { r: dr, columnDecay: dColumn } = d;
  dColumn.fill(0);
  for (let i = 0, at = 0; i < rows; i++) {
    const decay = rowDecay[i]!;
    const e = erase[i]!;
    let toErase = 0;
    let toDecay = 0;
    for (let c = 0; c < columns; c++, at++) {
      const g = G[at]! * decay * columnDecay[c]!;
      toErase += before[at]! * dr[c]!;
      toDecay += g * before[at]!;
      dColumn[c]! += g * before[at]!;
      G[at] = g + e * dr[c]!;
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
