// Both states of a selective scan at the bounds of its chunks: h before a chunk's first token, and e, the gradient of h after its
// last token from all that follows:
//   h ← exp(dt_t A) h + dt_t x_t B_t forwards        e ← exp(dt_t A) (e + grad_t C_t) backwards
// One thread a sequence, channel and state.
alias CONSTANTS = f32; // storage of constants

const GRADED = true; // whether grad is the third of the streams
const STREAMS = select(2u, 3u, GRADED);
const SKIP = 0u; // 1 where there is a D
const CHUNK = 16u;

struct Params { count: u32, D: u32, S: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> streams: array<f32>; // [T, D, STREAMS]: x, dt, grad
@group(0) @binding(2) var<storage, read> constants: array<CONSTANTS>; // [D, S + SKIP]: A, D
@group(0) @binding(3) var<storage, read> rows: array<f32>; // [T, 2, S]: B, C
@group(0) @binding(4) var<storage, read> bounds: array<u32>; // [N, 3]: first token, end, first chunk
@group(0) @binding(5) var<storage, read_write> states: array<f32>; // [chunks, D, 2, S]: h, e
// state [N, D, S]: the gradient of the final state at first, that of the initial state at last

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 64u + lane;
  if (thread >= p.count) { return; }
  let s = thread % p.S;
  let d = thread / p.S % p.D;
  let n = thread / p.S / p.D;
  let first = bounds[3u * n];
  let end = bounds[3u * n + 1u];
  let chunk = bounds[3u * n + 2u];
  let rate = f32(constants[d * (p.S + SKIP) + s]);
  var h = initial_at(thread);
  for (var t = first; t < end; t++) {
    if ((t - first) % CHUNK == 0u) {
      states[((chunk + (t - first) / CHUNK) * p.D + d) * 2u * p.S + s] = h;
    }
    let at = (t * p.D + d) * STREAMS;
    h = exp(streams[at + 1u] * rate) * h + streams[at] * streams[at + 1u] * rows[2u * t * p.S + s];
  }
  var e = state_load(thread);
  for (var next = end; next > first; next--) {
    let t = next - 1u;
    if (next == end || (next - first) % CHUNK == 0u) {
      states[(((chunk + (t - first) / CHUNK) * p.D + d) * 2u + 1u) * p.S + s] = e;
    }
    let at = (t * p.D + d) * STREAMS;
    if (GRADED) {
      e += streams[at + 2u] * rows[(2u * t + 1u) * p.S + s];
    }
    e *= exp(streams[at + 1u] * rate);
  }
  state_store(thread, e);
}
