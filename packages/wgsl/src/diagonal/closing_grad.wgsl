// The gate sum of a whole chunk stands beside the state after it: closing_d = Σ_e e^{G_end} S_de dS_de, S being the state before the chunk. A
// workgroup takes 32 channels at hand, LANES threads each; where a token has one gate, their sum is all that is kept.
const LANES = 8u;
const EACH = select(1u, 4u, OF_KEYS); // numbers that a thread takes at a time: states lie along E on K

@group(0) @binding(2) var<storage, read_write> closing: array<f32>; // [chunks, HV, D], or by tiles of 32 channels

var<workgroup> products: array<f32, 32u * LANES>;
var<workgroup> sums: array<f32, 32>;

@compute @workgroup_size(32u * LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tiles = (width() + 31u) / 32u;
  let group = flat(wid, nwg);
  if (group * 32u * LANES >= p.count) { return; }
  let first = group % tiles * 32u;
  let chunk_and_head = group / tiles;
  let chunk = chunk_at(chunk_and_head / p.HV, chunk_and_head % p.HV);
  // neighbours read neighbours: rows of the state are along E on K, along D on V
  let channel = select(thread % 32u, thread / LANES, OF_KEYS);
  let lane = select(thread / 32u, thread % LANES, OF_KEYS);
  let d = first + channel;
  var sum = 0.0;
  if (d < width()) {
    for (var e = EACH * lane; e < width_across(); e += EACH * LANES) {
      let at = state_index(chunk_and_head, d, e);
      if (OF_KEYS) {
        sum += dot(before(states4(at) * state_grads4(at), e, width_across()), vec4f(1.0));
      } else {
        sum += states1(at) * state_grads1(at);
      }
    }
    sum *= exp(gate_sum(chunk, chunk.tokens, select(0u, d, GATED)));
  }
  products[channel * LANES + lane] = sum;
  workgroupBarrier();
  if (thread < 32u) {
    var row = 0.0;
    for (var l = 0u; l < LANES; l++) {
      row += products[thread * LANES + l];
    }
    sums[thread] = row;
  }
  workgroupBarrier();
  if (BY_PAIR) {
    if (thread == 0u) {
      var all = 0.0;
      for (var i = 0u; i < 32u; i++) {
        all += sums[i];
      }
      closing[group] = all;
    }
  } else if (thread < 32u && first + thread < width()) {
    closing[chunk_and_head * width() + first + thread] = sums[thread];
  }
}
