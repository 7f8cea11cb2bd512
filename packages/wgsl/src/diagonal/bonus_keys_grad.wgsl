// Adds the bonus's part to the gradients of q and k, and sets a token's part of the gradient of u. A thread a token, value head and key channel.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias BONUS = f32; // storage of u

struct Params {
  count: u32, // T · HV · K
  steps: u32, // rows of a token
  H: u32,
  HV: u32,
  K: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, H, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [rows, H, K]
@group(0) @binding(3) var<storage, read> u: array<BONUS>; // [HV, K]
@group(0) @binding(4) var<storage, read> products: array<f32>; // [rows, HV, 2]
@group(0) @binding(5) var<storage, read_write> dq: array<f32>; // [T, HV, K]
@group(0) @binding(6) var<storage, read_write> dk: array<f32>; // [rows, HV, K]
@group(0) @binding(7) var<storage, read_write> du: array<f32>; // [T, HV, K]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let i = index % p.K;
  let head = index / p.K % p.HV;
  let key_head = head / (p.HV / p.H);
  let token = index / p.K / p.HV;
  let query = f32(q[(token * p.H + key_head) * p.K + i]);
  let factor = f32(u[head * p.K + i]);
  var sum = 0.0;
  for (var row = token * p.steps; row < (token + 1u) * p.steps; row++) {
    let given = products[2u * (row * p.HV + head) + 1u];
    sum += given * f32(k[(row * p.H + key_head) * p.K + i]);
    dk[(row * p.HV + head) * p.K + i] += given * query * factor;
  }
  dq[index] += sum * factor;
  du[index] = sum * query;
}
