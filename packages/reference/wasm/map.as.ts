// Functions of count numbers at x, in place, four at a time: count is rounded up to a multiple of 4.
import { exp4 } from "./exp.as";

export function exp(x: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16) v128.store(x, exp4(v128.load(x)));
}

export function sigmoid(x: usize, count: i32): void {
  const one = f32x4.splat(1);
  for (const end = x + (<usize>count << 2); x < end; x += 16)
    v128.store(x, f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(v128.load(x))))));
}

export function silu(x: usize, count: i32): void {
  const one = f32x4.splat(1);
  for (const end = x + (<usize>count << 2); x < end; x += 16) {
    const y = v128.load(x);
    v128.store(x, f32x4.div(y, f32x4.add(one, exp4(f32x4.neg(y)))));
  }
}
