/**
 * The gradient of a scalar function of an f64 array, by central differences at the chosen indices: for the
 * oracles, whose f64 rounding leaves an error near eps² + 1e-16 / eps. One entry for each index; x is left
 * as it was.
 */
export function numericalGradient(
  f: (x: Float64Array) => number,
  x: Float64Array,
  indices: Iterable<number> = x.keys(),
  eps = 1e-5,
): Float64Array {
  const at = (i: number, shift: number) => {
    const moved = x.slice();
    moved[i]! += shift;
    return f(moved);
  };
  return Float64Array.from(indices, (i) => (at(i, eps) - at(i, -eps)) / (2 * eps));
}
