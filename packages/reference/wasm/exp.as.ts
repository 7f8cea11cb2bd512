// exp to an ulp or two: x = n ln 2 + r, |r| ≤ ln 2 / 2, then eight terms of the series at r, times 2ⁿ.

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // below -110 the result is 0, above 89 infinite; NaN passes both
  x = f32x4.min(f32x4.max(x, f32x4.splat(-110)), f32x4.splat(89));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, the first so short that its product with n is exact
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440054690583e-4)));
  let p = f32x4.splat(1.0 / 5040);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 720));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 120));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 24));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.0 / 6));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1));
  // 2ⁿ as two factors, as n may lie outside the exponents of normal numbers
  const i = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(i, 1);
  return f32x4.mul(f32x4.mul(p, power(half)), power(i32x4.sub(i, half)));
}

// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
