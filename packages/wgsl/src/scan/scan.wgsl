// h_t = exp(g_t) h_{t−1} + x_t, o_t = h_t; one thread a sequence and channel, neighbouring threads on neighbouring channels.
alias X = f32; // storage of x and o
alias G = f32; // storage of g

struct Params { count: u32, D: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> g: array<G>; // [T, D]
@group(0) @binding(3) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(4) var<storage, read_write> o: array<X>; // [T, D]
// state [N, D]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 64u + lane;
  if (thread >= p.count) { return; }
  let n = thread / p.D;
  let d = thread % p.D;
  var h = state_load(thread);
  for (var t = cu_seqlens[n]; t < cu_seqlens[n + 1u]; t++) {
    let i = t * p.D + d;
    h = exp(f32(g[i])) * h + f32(x[i]);
    o[i] = X(h);
  }
  state_store(thread, h);
}
