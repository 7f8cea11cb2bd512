// h_t = exp(g_t) h_{t−1} + x_t, backwards: dh_t = grad_t + exp(g_{t+1}) dh_{t+1}, dx_t = dh_t, dg_t = dh_t exp(g_t) h_{t−1}.
// One thread a sequence and channel. The state is the gradient of h: the final state's at first, the initial state's at last.
alias H = f32; // storage of h
alias G = f32; // storage of g

struct Params { count: u32, D: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> h: array<H>; // [T, D]
@group(0) @binding(2) var<storage, read> g: array<G>; // [T, D]
@group(0) @binding(3) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(4) var<storage, read_write> dx: array<f32>; // [T, D]
@group(0) @binding(5) var<storage, read_write> dg: array<f32>; // [T, D]
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
  let first = cu_seqlens[n];
  var dh = state_load(thread);
  for (var t = cu_seqlens[n + 1u]; t > first; t--) {
    let i = (t - 1u) * p.D + d;
    dh += grad_at(i);
    dx[i] = dh;
    dh *= exp(f32(g[i]));
    var previous = 0.0;
    if (t - 1u > first) {
      previous = f32(h[i - p.D]);
    } else {
      previous = initial_at(thread);
    }
    dg[i] = dh * previous;
  }
  state_store(thread, dh);
}
