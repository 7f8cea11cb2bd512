import type { Finding } from "./line";

type Values = ArrayLike<number>;

/** |x − reference| / |reference| by root mean squares; the numerator alone where the reference is all zeros. */
export function relativeRmse(x: Values, reference: Values): number {
  let error = 0;
  let size = 0;
  for (let i = 0; i < reference.length; i++) {
    error += (x[i]! - reference[i]!) ** 2;
    size += reference[i]! ** 2;
  }
  if (size === 0) return Math.sqrt(error / Math.max(reference.length, 1));
  return Math.sqrt(error / size);
}

/** Holds values to a reference of as many elements. */
export function compare(
  tensor: string,
  x: Values,
  reference: Values,
  tolerance: number,
  note?: string,
): Finding {
  if (x.length !== reference.length)
    return {
      tensor,
      tolerance,
      verdict: "FAIL",
      note: `${x.length} elements where the file has ${reference.length}`,
    };
  const error = relativeRmse(x, reference);
  // a NaN compares false and must fail
  return { tensor, error, tolerance, verdict: error <= tolerance ? "PASS" : "FAIL", note };
}
