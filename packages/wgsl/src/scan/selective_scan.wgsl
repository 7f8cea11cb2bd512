// h_t = exp(dt_t A) h_{t−1} + dt_t x_t B_t, o_t = h_t · C_t + D x_t; one thread a sequence and channel with its S states in
// registers, neighbouring threads on neighbouring channels. A channel's constants are its row of A and, with SKIP, its D.
alias X = f32; // storage of x and o
alias DT = f32; // storage of dt
alias CONSTANTS = f32; // storage of constants
alias B_ROWS = f32; // storage of b
alias C_ROWS = f32; // storage of c

const S = 16u;
const SKIP = false;
const WIDTH = select(S, S + 1u, SKIP);

struct Params { count: u32, D: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> dt: array<DT>; // [T, D]
@group(0) @binding(3) var<storage, read> constants: array<CONSTANTS>; // [D, WIDTH]
@group(0) @binding(4) var<storage, read> b: array<B_ROWS>; // [T, S]
@group(0) @binding(5) var<storage, read> c: array<C_ROWS>; // [T, S]
@group(0) @binding(6) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(7) var<storage, read_write> o: array<X>; // [T, D]
// state [N, D, S]

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
  var h: array<f32, S>;
  var rate: array<f32, S>;
  for (var i = 0u; i < S; i++) {
    h[i] = state_load(thread * S + i);
    rate[i] = f32(constants[d * WIDTH + i]);
  }
  for (var t = cu_seqlens[n]; t < cu_seqlens[n + 1u]; t++) {
    let input = f32(x[t * p.D + d]);
    let step = f32(dt[t * p.D + d]);
    var y = 0.0;
    if (SKIP) {
      y = f32(constants[d * WIDTH + S]) * input;
    }
    for (var i = 0u; i < S; i++) {
      h[i] = exp(step * rate[i]) * h[i] + step * input * f32(b[t * S + i]);
      y += h[i] * f32(c[t * S + i]);
    }
    o[t * p.D + d] = X(y);
  }
  for (var i = 0u; i < S; i++) {
    state_store(thread * S + i, h[i]);
  }
}
