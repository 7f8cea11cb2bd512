// Features whose products are polynomials of products of rows, s the scale and i < j:
//   TAYLOR  [1, √s x_i, s x_i x_j, s x_i² / √2]        SQUARE  [√2 s x_i x_j, s x_i²]
// One thread a pair (i, j); those on the diagonal also write the lower orders, those below it nothing.
alias X = f32; // storage of x and o

const TAYLOR = 0u;
const SQUARE = 1u;
const KIND = TAYLOR;

struct Params { count: u32, D: u32, features: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, D]
@group(0) @binding(2) var<storage, read_write> o: array<X>; // [rows, features]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 256u + lane;
  if (thread >= p.count) { return; }
  let j = thread % p.D;
  let i = thread / p.D % p.D;
  let row = thread / p.D / p.D;
  if (j < i) { return; }
  let of_i = f32(x[row * p.D + i]);
  let of_j = f32(x[row * p.D + j]);
  let start = row * p.features;
  let pairs = start + select(0u, 1u + p.D, KIND == TAYLOR);
  let product = p.scale * of_i * of_j * select(1.0, 1.4142135624, KIND == SQUARE);
  if (i < j) {
    o[pairs + i * p.D - i * (i + 1u) / 2u + j - i - 1u] = X(product);
    return;
  }
  o[pairs + p.D * (p.D - 1u) / 2u + i] = X(product * 0.7071067812);
  if (KIND == TAYLOR) {
    o[start + 1u + i] = X(sqrt(p.scale) * of_i);
    if (i == 0u) {
      o[start] = X(1.0);
    }
  }
}
