// A step of AdamW: m' = β₁ m + (1 − β₁) g, v' = β₂ v + (1 − β₂) g², param' = keep · param − rate · m' / (√v' / root + eps) with
// g = scale · grad, rate = lr / (1 − β₁^step), root = √(1 − β₂^step), keep = 1 − lr · decay. Nothing changes where the scale is not
// finite. One thread an element.
alias X = f32; // storage of param
alias GRAD = f32; // storage of grad

struct Params {
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
@group(0) @binding(1) var<storage, read> x: array<X>; // [count]
@group(0) @binding(2) var<storage, read> grad: array<GRAD>; // [count]
@group(0) @binding(3) var<storage, read> m: array<f32>; // [count]
@group(0) @binding(4) var<storage, read> v: array<f32>; // [count]
@group(0) @binding(5) var<storage, read> scale: array<f32>; // [1]
@group(0) @binding(6) var<storage, read_write> moved: array<X>; // [count]
@group(0) @binding(7) var<storage, read_write> first: array<f32>; // [count]
@group(0) @binding(8) var<storage, read_write> second: array<f32>; // [count]

// a compiler may take it that no float is NaN, but not that no bits are
const EXPONENT = 0x7f800000u;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  if ((bitcast<u32>(scale[0]) & EXPONENT) == EXPONENT) {
    moved[i] = x[i];
    first[i] = m[i];
    second[i] = v[i];
    return;
  }
  let g = scale[0] * f32(grad[i]);
  let new_m = p.beta1 * m[i] + p.rest1 * g;
  let new_v = p.beta2 * v[i] + p.rest2 * g * g;
  first[i] = new_m;
  second[i] = new_v;
  moved[i] = X(p.keep * f32(x[i]) - p.rate * new_m / (sqrt(new_v) / p.root + p.eps));
}
