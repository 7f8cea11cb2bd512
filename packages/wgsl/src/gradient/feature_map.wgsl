// From the features [1, √s x_i, s x_i x_j, s x_i² / √2] (TAYLOR) or [√2 s x_i x_j, s x_i²] (SQUARE), i < j, with f = s or √2 s:
//   dx_i = Σ_{j ≠ i} f x_j grad[i, j] + √2 f x_i grad[i, i] (+ √s grad[i])
// One thread an element.
alias X = f32; // storage of x
alias GRAD = f32; // storage of grad

const TAYLOR = 0u;
const SQUARE = 1u;
const KIND = TAYLOR;

struct Params { count: u32, D: u32, features: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, D]
@group(0) @binding(2) var<storage, read> grad: array<GRAD>; // [rows, features]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [rows, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 256u + lane;
  if (thread >= p.count) { return; }
  let i = thread % p.D;
  let row = thread / p.D;
  let start = row * p.features;
  let pairs = start + select(0u, 1u + p.D, KIND == TAYLOR);
  var sum = 1.4142135624 * f32(x[thread]) * f32(grad[pairs + p.D * (p.D - 1u) / 2u + i]);
  for (var other = 0u; other < p.D; other++) {
    if (other == i) { continue; }
    let low = min(i, other);
    let high = max(i, other);
    sum += f32(x[row * p.D + other]) * f32(grad[pairs + low * p.D - low * (low + 1u) / 2u + high - low - 1u]);
  }
  sum *= p.scale * select(1.0, 1.4142135624, KIND == SQUARE);
  if (KIND == TAYLOR) {
    sum += sqrt(p.scale) * f32(grad[start + 1u + i]);
  }
  dx[thread] = sum;
}
