// extra_t = Σ ⟨q_t, u ⊙ k_r⟩ v_r over the rows r that token t itself writes: what a read before the write sees of it.
// One workgroup a token of a chunk and value head; its threads share K, then V.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v
alias BONUS = f32; // storage of u

struct Params {
  groups: u32, // chunks · longest · HV
  longest: u32, // tokens that a chunk may have
  steps: u32, // rows of a token
  H: u32,
  HV: u32,
  K: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read> q: array<Q>; // [T, H, K]
@group(0) @binding(3) var<storage, read> k: array<KEY>; // [T · steps, H, K]
@group(0) @binding(4) var<storage, read> v: array<VALUE>; // [T · steps, HV, V]
@group(0) @binding(5) var<storage, read> u: array<BONUS>; // [HV, K]
@group(0) @binding(6) var<storage, read_write> extra: array<f32>; // [T, HV, V]

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
  let chunk = chunks[group / p.HV / p.longest];
  let place = group / p.HV % p.longest;
  if (place >= chunk.y) { return; }
  let t = chunk.x + place;
  for (var step = 0u; step < p.steps; step++) {
    let row = t * p.steps + step;
    var product = 0.0;
    for (var i = lane; i < p.K; i += LANES) {
      product += f32(q[(t * p.H + key_head) * p.K + i]) * f32(u[head * p.K + i]) * f32(k[(row * p.H + key_head) * p.K + i]);
    }
    let seen = sum_lanes(product, lane);
    for (var c = lane; c < p.V; c += LANES) {
      let at = (t * p.HV + head) * p.V + c;
      var sum = seen * f32(v[(row * p.HV + head) * p.V + c]);
      if (step > 0u) {
        sum += extra[at];
      }
      extra[at] = sum;
    }
  }
}
