// The keys of both writes of a row, b then k, for every head that either has. A thread an element.
alias B = f32; // storage of b
alias KEY = f32; // storage of k
alias BOTH = f32; // storage of keys

struct Params {
  count: u32, // elements of keys
  heads: u32,
  K: u32,
  b_group: u32, // heads of keys that share one of b
  k_group: u32, // … of k
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> b: array<B>; // [rows, heads / b_group, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [rows, heads / k_group, K]
@group(0) @binding(3) var<storage, read_write> keys: array<BOTH>; // [rows, 2, heads, K]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let i = index % p.K;
  let head = index / p.K % p.heads;
  let write = index / p.K / p.heads;
  let row = write / 2u;
  if (write % 2u == 0u) {
    keys[index] = BOTH(b[(row * (p.heads / p.b_group) + head / p.b_group) * p.K + i]);
  } else {
    keys[index] = BOTH(k[(row * (p.heads / p.k_group) + head / p.k_group) * p.K + i]);
  }
}
