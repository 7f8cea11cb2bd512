// The gate sum of a whole chunk stands beside the state after it, but for the writes of its last token:
// closing_d = Σ_e e^{G_end} S_de dS_de + Σ_w right_wd end_wd. A thread an element.
alias RIGHT = f32; // storage of right
@group(0) @binding(2) var<storage, read> right: array<RIGHT>; // [writes, HV / right_group, D]
@group(0) @binding(3) var<storage, read> ends: array<f32>; // [writes, HV, D]: what the state after the chunk gave it
@group(0) @binding(4) var<storage, read> states: array<f32>; // [chunks, HV, K, V]: before each chunk
@group(0) @binding(5) var<storage, read> state_grads: array<f32>; // [chunks, HV, K, V]: after each chunk
@group(0) @binding(6) var<storage, read_write> closing: array<f32>; // [chunks, HV, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let d = index % width();
  let head = index / width() % p.HV;
  let place = index / width() / p.HV;
  let chunk = chunk_at(place, head);
  var sum = 0.0;
  for (var e = 0u; e < width_across(); e++) {
    let at = state_index(place * p.HV + head, d, e);
    sum += states[at] * state_grads[at];
  }
  sum *= exp(gate_sum(chunk, chunk.tokens, select(0u, d, GATED)));
  for (var w = 0u; w < (chunk.tokens - 1u) * p.steps; w++) {
    let row = write_row(chunk, w);
    let x = f32(right[(row * (p.HV / p.right_group) + head / p.right_group) * width() + d]);
    sum += x * ends[(row * p.HV + head) * width() + d];
  }
  closing[index] = sum;
}
