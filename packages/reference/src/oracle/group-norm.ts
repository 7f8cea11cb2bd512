/**
 * Group norm (Wu & He 2018, arXiv 1803.08494; FLA group_norm): each row is cut into numGroups equal parts,
 * and each part is normed on its own.
 *
 *     o = (x - mean(x)) / sqrt(var(x) + eps) ⊙ weight + bias, mean and variance over the part
 *
 * x [.,D]; weight, bias [D] or none. With `isRmsNorm` the mean is taken as zero.
 */
export function groupNorm({
  x,
  weight,
  bias,
  numGroups,
  isRmsNorm = false,
  eps = 1e-5,
  sizes: { D },
}: {
  x: Float64Array;
  weight?: Float64Array | undefined;
  bias?: Float64Array | undefined;
  numGroups: number;
  isRmsNorm?: boolean | undefined;
  eps?: number | undefined;
  sizes: { D: number };
}): { o: Float64Array } {
  const o = new Float64Array(x.length);
  const width = D / numGroups;
  for (let start = 0; start < x.length; start += width) {
    const part = x.subarray(start, start + width);
    const mean = isRmsNorm ? 0 : part.reduce((sum, xi) => sum + xi, 0) / width;
    const variance = part.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / width;
    part.forEach((xi, i) => {
      const channel = (start + i) % D;
      o[start + i] =
        ((xi - mean) / Math.sqrt(variance + eps)) * (weight?.[channel] ?? 1) + (bias?.[channel] ?? 0);
    });
  }
  return { o };
}
