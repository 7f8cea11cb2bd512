// Gradients of h_t = exp(dt_t A) h_{t−1} + dt_t x_t B_t, o_t = h_t · C_t + D x_t inside each chunk, from the states at its bounds. With
// dh_t = grad_t C_t + exp(dt_{t+1} A) dh_{t+1}:
//   dx_t = Σ_s dh dt B + D grad      ddt_t = Σ_s dh (A exp(dt A) h_{t−1} + x B)      dA = Σ_t dh dt exp(dt A) h_{t−1}
//   dB_t = Σ_d dh dt x               dC_t = Σ_d grad h_t                             dD = Σ_t grad x
// A workgroup takes a chunk of 16 tokens and 64 channels, a channel a thread, and goes through the states one by one: h of the chunk
// is recomputed and stays in registers. The chunk's shares of dA and dD take the places of h and of the first e.
alias CONSTANTS = f32; // storage of constants

const GRADED = true; // whether grad is the third of the streams
const STREAMS = select(2u, 3u, GRADED);
const SKIP = 0u; // 1 where there is a D
const CHUNK = 16u;

struct Params { chunks: u32, T: u32, D: u32, S: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> streams: array<f32>; // [T, D, STREAMS]: x, dt, grad
@group(0) @binding(2) var<storage, read> constants: array<CONSTANTS>; // [D, S + SKIP]: A, D
@group(0) @binding(3) var<storage, read> rows: array<f32>; // [T, 2, S]: B, C
@group(0) @binding(4) var<storage, read> spans: array<u32>; // [chunks, 2]: first token, end
@group(0) @binding(5) var<storage, read_write> states: array<f32>; // [chunks, D, 2, S]: h, e, then dA, dD
@group(0) @binding(6) var<storage, read_write> dx: array<f32>; // [T, D]
@group(0) @binding(7) var<storage, read_write> ddt: array<f32>; // [T, D]
@group(0) @binding(8) var<storage, read_write> parts: array<f32>; // [channels / 64, T, 2, S]: dB, dC

var<workgroup> of_rows: array<f32, 2048>; // [token, dB or dC, channel]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let blocks = (p.D + 63u) / 64u;
  let index = flat(wid, nwg);
  if (index >= p.chunks * blocks) { return; }
  let chunk = index / blocks;
  let block = index % blocks;
  let first = spans[2u * chunk];
  let count = spans[2u * chunk + 1u] - first;
  let inside = block * 64u + lane < p.D;
  let d = min(block * 64u + lane, p.D - 1u);

  // a token beyond the chunk's end, and a channel beyond the last, has step 0 and passes states on
  var input: array<f32, CHUNK>;
  var step: array<f32, CHUNK>;
  var grad: array<f32, CHUNK>;
  var sum_x: array<f32, CHUNK>;
  var sum_step: array<f32, CHUNK>;
  var of_skip = 0.0;
  // unroll
  for (var i = 0u; i < CHUNK; i++) {
    if (i < count && inside) {
      let at = ((first + i) * p.D + d) * STREAMS;
      input[i] = streams[at];
      step[i] = streams[at + 1u];
      if (GRADED) {
        grad[i] = streams[at + 2u];
      }
      of_skip += grad[i] * input[i];
      if (SKIP > 0u) {
        sum_x[i] = grad[i] * f32(constants[d * (p.S + SKIP) + p.S]);
      }
    }
  }
  let last = first + count - 1u;
  for (var s = 0u; s < p.S; s++) {
    let rate = f32(constants[d * (p.S + SKIP) + s]);
    let at = (chunk * p.D + d) * 2u * p.S + s;
    var h: array<f32, CHUNK>; // before each token
    var state = states[at];
    // unroll
    for (var i = 0u; i < CHUNK; i++) {
      h[i] = state;
      state = exp(step[i] * rate) * state + step[i] * input[i] * rows[2u * min(first + i, last) * p.S + s];
    }
    var e = states[at + p.S];
    var of_rate = 0.0;
    workgroupBarrier();
    // unroll
    for (var back = 0u; back < CHUNK; back++) {
      let row = 2u * min(first + 15u - back, last) * p.S + s;
      let write = rows[row];
      let fade = exp(step[15u - back] * rate);
      let held = fade * h[15u - back];
      let dh = e + grad[15u - back] * rows[row + p.S];
      of_rows[(15u - back) * 128u + lane] = dh * step[15u - back] * input[15u - back];
      of_rows[(15u - back) * 128u + 64u + lane] =
        grad[15u - back] * (held + step[15u - back] * input[15u - back] * write);
      sum_x[15u - back] += dh * step[15u - back] * write;
      sum_step[15u - back] += dh * (rate * held + input[15u - back] * write);
      of_rate += dh * step[15u - back] * held;
      e = fade * dh;
    }
    workgroupBarrier();
    if (inside) {
      states[at] = of_rate;
      if (s == 0u) {
        states[at + p.S] = of_skip;
      }
    }
    if (lane < 2u * count) {
      var sum = 0.0;
      for (var i = 0u; i < 64u; i++) {
        sum += of_rows[lane * 64u + i];
      }
      parts[((block * p.T + first + lane / 2u) * 2u + lane % 2u) * p.S + s] = sum;
    }
  }
  // unroll
  for (var i = 0u; i < CHUNK; i++) {
    if (i < count && inside) {
      dx[(first + i) * p.D + d] = sum_x[i];
      ddt[(first + i) * p.D + d] = sum_step[i];
    }
  }
}
