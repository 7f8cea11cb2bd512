// Of extra = Σ ⟨q, u ⊙ k_r⟩ v_r over a token's rows: what a row is seen with, ⟨q, u ⊙ k_r⟩, and the gradient of that, ⟨do, v_r⟩. One workgroup a
// row and value head.
struct Params {
  groups: u32, // rows · HV
  steps: u32, // rows of a token
  H: u32,
  HV: u32,
  K: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> products: array<vec2f>; // [rows, HV]

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let head = group % p.HV;
  let key_head = head / (p.HV / p.H);
  let row = group / p.HV;
  let token = row / p.steps;
  var seen = 0.0;
  for (var i = lane; i < p.K; i += LANES) {
    seen += q1((token * p.H + key_head) * p.K + i) * u1(head * p.K + i) * k1((row * p.H + key_head) * p.K + i);
  }
  var given = 0.0;
  for (var c = lane; c < p.V; c += LANES) {
    given += grad1((token * p.HV + head) * p.V + c) * v1(group * p.V + c);
  }
  let sums = vec2f(sum_lanes(seen, lane), sum_lanes(given, lane));
  if (lane == 0u) {
    products[group] = sums;
  }
}
