// state[n, d, w] = the input W − w tokens before the end of sequence n: the last W inputs, oldest first. One thread an element.
alias X = f32; // storage of x

struct Params { count: u32, D: u32, W: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(3) var<storage, read_write> state: array<f32>; // [N, D, W]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let d = i / p.W % p.D;
  let n = i / p.W / p.D;
  let back = p.W - i % p.W;
  let end = cu_seqlens[n + 1u];
  let length = end - cu_seqlens[n];
  if (back <= length) {
    state[i] = f32(x[(end - back) * p.D + d]);
  } else {
    state[i] = before(n, d, back - length);
  }
}
