// A step of AdamW: m' = β₁ m + (1 − β₁) g, v' = β₂ v + (1 − β₂) g², param' = keep · param − rate · m' / (√v' / root + eps) with
// g = scale · grad, rate = lr / (1 − β₁^step), root = √(1 − β₂^step), keep = 1 − lr · decay. Nothing changes where the scale is not
// finite. x, grad, m, v and what follows them, moved, first and second, are [count]. One thread four elements.
struct Params {
  fours: u32,
  count: u32,
  beta1: f32,
  rest1: f32, // 1 − β₁
  beta2: f32,
  rest2: f32, // 1 − β₂
  keep: f32,
  rate: f32,
  root: f32,
  eps: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> scale: array<f32>; // [1]

// a compiler may take it that no float is NaN, but not that no bits are
const EXPONENT = 0x7f800000u;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let four = flat(wid, nwg) * 256u + lane;
  if (four >= p.fours) { return; }
  let i = 4u * four;
  let count = p.count - i;
  let changes = (bitcast<u32>(scale[0]) & EXPONENT) != EXPONENT;
  let g = select(0.0, scale[0], changes) * grad4(i);
  let new_m = p.beta1 * m4(i) + p.rest1 * g;
  let new_v = p.beta2 * v4(i) + p.rest2 * g * g;
  let new_x = p.keep * x4(i) - p.rate * new_m / (sqrt(new_v) / p.root + p.eps);
  first_put4(i, count, select(m4(i), new_m, changes));
  second_put4(i, count, select(v4(i), new_v, changes));
  moved_put4(i, count, select(x4(i), new_x, changes));
}
