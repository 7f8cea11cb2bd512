// Of extra = Σ ⟨q, u ⊙ k_r⟩ v_r over a token's rows: what a row is seen with, ⟨q, u ⊙ k_r⟩, and the gradient of that, ⟨do, v_r⟩. A thread a row
// and value head.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v
alias BONUS = f32; // storage of u

struct Params {
  count: u32, // rows · HV
  steps: u32, // rows of a token
  H: u32,
  HV: u32,
  K: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, H, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [rows, H, K]
@group(0) @binding(3) var<storage, read> v: array<VALUE>; // [rows, HV, V]
@group(0) @binding(4) var<storage, read> u: array<BONUS>; // [HV, K]
@group(0) @binding(5) var<storage, read> grad: array<f32>; // [T, HV, V]
@group(0) @binding(6) var<storage, read_write> products: array<f32>; // [rows, HV, 2]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let head = index % p.HV;
  let key_head = head / (p.HV / p.H);
  let row = index / p.HV;
  let token = row / p.steps;
  var seen = 0.0;
  for (var i = 0u; i < p.K; i++) {
    seen += f32(q[(token * p.H + key_head) * p.K + i]) * f32(u[head * p.K + i]) * f32(k[(row * p.H + key_head) * p.K + i]);
  }
  var given = 0.0;
  for (var c = 0u; c < p.V; c++) {
    given += grad[(token * p.HV + head) * p.V + c] * f32(v[index * p.V + c]);
  }
  products[2u * index] = seen;
  products[2u * index + 1u] = given;
}
