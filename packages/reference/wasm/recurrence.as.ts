// A run of writes to eight columns of one state S [rows, 8], for every law:
//
//     S ← decay(S) + write uᵀ + second heldᵀ      u = x − beta held      held = Sᵀ erase      out = Sᵀ read
//
// S is walked once a write: what the next write erases is summed while this one is stored. So erase and read of
// pass p belong to the state after it, and pass 0 (decay 1, write 0) only reads.
//
// rowTerms [passes, rows, 4] = decay, write, read, erase   second [passes, rows]   x, decay [passes, 8]
// beta [passes]   out [passes, 8]; across: read [passes, 8], out [passes, rows], added to

// @ts-ignore: decorator
@inline
function run(
  delta: bool, lowRank: bool, columnDecay: bool, across: bool,
  state: usize, rowTerms: usize, second: usize, x: usize, decay: usize, read: usize, beta: usize, out: usize,
  rows: i32, passes: i32,
): void {
  const end = state + (<usize>rows << 5);
  let held0 = f32x4.splat(0), held1 = held0;
  for (let p = 0; p < passes; p++) {
    let u0 = v128.load(x), u1 = v128.load(x, 16);
    let decay0 = u0, decay1 = u1, read0 = u0, read1 = u1;
    if (columnDecay) {
      decay0 = v128.load(decay);
      decay1 = v128.load(decay, 16);
    }
    if (across) {
      read0 = v128.load(read);
      read1 = v128.load(read, 16);
    }
    if (delta) {
      const strength = v128.load32_splat(beta);
      u0 = f32x4.sub(u0, f32x4.mul(strength, columnDecay ? f32x4.mul(decay0, held0) : held0));
      u1 = f32x4.sub(u1, f32x4.mul(strength, columnDecay ? f32x4.mul(decay1, held1) : held1));
    }
    let o0 = f32x4.splat(0), o1 = o0, next0 = o0, next1 = o0;
    for (let at = state; at < end; at += 32) {
      const write = v128.load32_splat(rowTerms, 4);
      const rowDecay = v128.load32_splat(rowTerms);
      let s0 = f32x4.add(f32x4.mul(v128.load(at), columnDecay ? decay0 : rowDecay), f32x4.mul(write, u0));
      let s1 = f32x4.add(f32x4.mul(v128.load(at, 16), columnDecay ? decay1 : rowDecay), f32x4.mul(write, u1));
      if (lowRank) {
        const back = v128.load32_splat(second);
        s0 = f32x4.add(s0, f32x4.mul(back, held0));
        s1 = f32x4.add(s1, f32x4.mul(back, held1));
        second += 4;
      }
      v128.store(at, s0);
      v128.store(at, s1, 16);
      if (across) {
        const product = f32x4.add(f32x4.mul(read0, s0), f32x4.mul(read1, s1));
        const sum =
          f32x4.extract_lane(product, 0) + f32x4.extract_lane(product, 2) +
          (f32x4.extract_lane(product, 1) + f32x4.extract_lane(product, 3));
        store<f32>(out, load<f32>(out) + sum);
        out += 4;
      } else {
        const q = v128.load32_splat(rowTerms, 8);
        o0 = f32x4.add(o0, f32x4.mul(q, s0));
        o1 = f32x4.add(o1, f32x4.mul(q, s1));
      }
      if (delta || lowRank) {
        const e = v128.load32_splat(rowTerms, 12);
        next0 = f32x4.add(next0, f32x4.mul(e, s0));
        next1 = f32x4.add(next1, f32x4.mul(e, s1));
      }
      rowTerms += 16;
    }
    held0 = next0;
    held1 = next1;
    if (!across) {
      v128.store(out, o0);
      v128.store(out, o1, 16);
      out += 32;
    }
    x += 32;
    beta += 4;
    if (columnDecay) decay += 32;
    if (across) read += 32;
  }
}

// an export for each pair of erase law and decay axis, so that no branch is left inside the loops
export function none(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(false, false, false, false, s, t, b, x, d, q, beta, o, rows, passes);
}
export function noneColumn(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(false, false, true, false, s, t, b, x, d, q, beta, o, rows, passes);
}
export function delta(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(true, false, false, false, s, t, b, x, d, q, beta, o, rows, passes);
}
export function deltaColumn(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(true, false, true, false, s, t, b, x, d, q, beta, o, rows, passes);
}
export function lowRank(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(false, true, false, false, s, t, b, x, d, q, beta, o, rows, passes);
}
export function lowRankColumn(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(false, true, true, false, s, t, b, x, d, q, beta, o, rows, passes);
}
export function oja(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(true, false, false, true, s, t, b, x, d, q, beta, o, rows, passes);
}
export function ojaColumn(s: usize, t: usize, b: usize, x: usize, d: usize, q: usize, beta: usize, o: usize, rows: i32, passes: i32): void {
  run(true, false, true, true, s, t, b, x, d, q, beta, o, rows, passes);
}
