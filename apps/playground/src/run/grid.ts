import { elements } from "@webfla/ops";
import type { Grid } from "./request";

const widest = 480;
const highest = 96;

/** Where an element is drawn: rows first. A state's matrices stand side by side, sequence by sequence, heads below one another. */
function layout(shape: readonly number[], state: boolean) {
  if (state && shape.length === 4) {
    const [N, H, K, V] = shape as [number, number, number, number];
    return {
      rows: H * K,
      columns: N * V,
      source: (r: number, c: number) => (Math.floor(c / V) * H * K + r) * V + (c % V),
    };
  }
  const columns = shape[0] ?? 1;
  const rows = elements(shape.slice(1));
  return { rows, columns, source: (r: number, c: number) => c * rows + r };
}

/** A picture of a tensor, no larger than a screen shows. */
export function gridOf(x: ArrayLike<number>, shape: readonly number[], state: boolean): Grid {
  const full = layout(shape, state);
  const across = Math.max(1, Math.ceil(full.columns / widest));
  const down = Math.max(1, Math.ceil(full.rows / highest));
  const rows = Math.ceil(full.rows / down);
  const columns = Math.ceil(full.columns / across);
  const values = new Float32Array(rows * columns);
  let peak = 0;
  for (let r = 0; r < full.rows; r++)
    for (let c = 0; c < full.columns; c++) {
      const value = x[full.source(r, c)]!;
      const cell = Math.floor(r / down) * columns + Math.floor(c / across);
      if (!(Math.abs(value) <= Math.abs(values[cell]!))) values[cell] = value;
      if (!(Math.abs(value) <= peak)) peak = Math.abs(value);
    }
  return { rows, columns, values, peak };
}

/** Equal infinities are 0 apart. */
export const minus = (x: ArrayLike<number>, y: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: x.length }, (_, i) => (x[i] === y[i] ? 0 : x[i]! - y[i]!));

export const norm = (x: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
};

/** The norm of the difference over the norm of what it should be, as far as that is finite. */
export function relativeError(x: ArrayLike<number>, exact: ArrayLike<number>): number {
  const size = norm(Float64Array.from(exact, (value) => (Number.isFinite(value) ? value : 0)));
  const off = norm(minus(x, exact));
  return size > 0 ? off / size : off;
}
