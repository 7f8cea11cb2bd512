// o_t = x_{t−1} − x_t within a sequence, x and o [T, D]; one thread four channels.
struct Params {
  count: u32, // threads with work: T · fours
  fours: u32, // of channels
  D: u32,
  W: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(2) var<storage, read> cu_seqlens: array<u32>; // [N + 1]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 256u + lane;
  if (thread >= p.count) { return; }
  let t = thread / p.fours;
  let d = thread % p.fours * 4u;
  let n = seq_idx[t];
  let i = t * p.D + d;
  var previous = vec4f();
  if (t > cu_seqlens[n]) {
    previous = x4(i - p.D);
  } else {
    previous = vec4f(before(n, d, 1u), before(n, d + 1u, 1u), before(n, d + 2u, 1u), before(n, d + 3u, 1u));
  }
  o_put4(i, p.D - d, previous - x4(i));
}
