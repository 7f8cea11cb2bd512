// o [m, n] = a [m, k] · b [n, k]ᵀ: both operands lie with the summed axis last, so that vectors need no packing.
// Rows of a, b and o start aRow, bRow and oRow bytes apart.
// Every product sums in four lanes, k ≡ lane mod 4, in rising k, then (lane 0 + lane 2) + (lane 1 + lane 3):
// the same order for every element, whatever rows lie beside it. k is a multiple of 4, n of 4.
import { exp4 } from "./exp.as";

// @ts-ignore: decorator
@inline
function sums(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  // columns (0 + 2) and (1 + 3) of the 4 × 4 matrix of lanes
  const low01 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  const half01 = f32x4.add(low01, high01);
  const half23 = f32x4.add(low23, high23);
  return f32x4.add(
    v128.shuffle<f32>(half01, half23, 0, 1, 4, 5),
    v128.shuffle<f32>(half01, half23, 2, 3, 6, 7),
  );
}

export function matmul(
  a: usize, aRow: usize, b: usize, bRow: usize, o: usize, oRow: usize, m: i32, n: i32, k: i32,
): void {
  const length = <usize>k << 2;
  for (let j = 0; j < n; j += 4, b += bRow << 2, o += 16) {
    let i = 0;
    let x = a, y = o;
    for (; i + 2 <= m; i += 2, x += aRow << 1, y += oRow << 1) pair(x, x + aRow, b, bRow, length, y, y + oRow);
    if (i < m) single(x, b, bRow, length, y);
  }
}

function pair(a0: usize, a1: usize, b: usize, bRow: usize, length: usize, o0: usize, o1: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  const b1 = b + bRow, b2 = b1 + bRow, b3 = b2 + bRow;
  for (let at: usize = 0; at < length; at += 16) {
    const x = v128.load(a0 + at);
    const y = v128.load(a1 + at);
    let z = v128.load(b + at);
    s0 = f32x4.add(s0, f32x4.mul(x, z));
    t0 = f32x4.add(t0, f32x4.mul(y, z));
    z = v128.load(b1 + at);
    s1 = f32x4.add(s1, f32x4.mul(x, z));
    t1 = f32x4.add(t1, f32x4.mul(y, z));
    z = v128.load(b2 + at);
    s2 = f32x4.add(s2, f32x4.mul(x, z));
    t2 = f32x4.add(t2, f32x4.mul(y, z));
    z = v128.load(b3 + at);
    s3 = f32x4.add(s3, f32x4.mul(x, z));
    t3 = f32x4.add(t3, f32x4.mul(y, z));
  }
  v128.store(o0, sums(s0, s1, s2, s3));
  v128.store(o1, sums(t0, t1, t2, t3));
}

function single(a: usize, b: usize, bRow: usize, length: usize, o: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  const b1 = b + bRow, b2 = b1 + bRow, b3 = b2 + bRow;
  for (let at: usize = 0; at < length; at += 16) {
    const x = v128.load(a + at);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b + at)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b1 + at)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b2 + at)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b3 + at)));
  }
  v128.store(o, sums(s0, s1, s2, s3));
}

// exp(x − max) of count numbers at x, in place, and their sum in f64; count is a multiple of 4.
export function weigh(x: usize, count: i32, max: f32): f64 {
  const top = f32x4.splat(max);
  let sum = f64x2.splat(0);
  for (const end = x + (<usize>count << 2); x < end; x += 16) {
    const p = exp4(f32x4.sub(v128.load(x), top));
    v128.store(x, p);
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(p));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<i64>(p, p, 1, 0)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
