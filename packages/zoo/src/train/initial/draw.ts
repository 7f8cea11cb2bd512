/** Standard normal numbers from uniform ones in [0, 1) (Box & Muller 1958). */
export function normalStream(uniform: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const out = spare;
      spare = undefined;
      return out;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** The x whose softplus, log(1 + eˣ), is y. */
export const inverseSoftplus = (y: number): number => y + Math.log(-Math.expm1(-y));

/**
 * A matrix [rows, columns] whose shorter side is orthonormal, evenly among all of them: normal numbers, Gram–Schmidt.
 * Rows of the result are columns where it is tall.
 */
export function orthonormal(rows: number, columns: number, normal: () => number): Float32Array {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const basis: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const x = Float64Array.from({ length }, normal);
    // twice, for one pass leaves rounding behind
    for (let pass = 0; pass < 2; pass++)
      for (const y of basis) {
        let along = 0;
        for (let j = 0; j < length; j++) along += x[j]! * y[j]!;
        for (let j = 0; j < length; j++) x[j]! -= along * y[j]!;
      }
    const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
    basis.push(x.map((v) => v / size));
  }
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[r * columns + c] = rows < columns ? basis[r]![c]! : basis[c]![r]!;
  return out;
}
