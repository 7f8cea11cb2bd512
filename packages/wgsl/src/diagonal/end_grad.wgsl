// What the state after the chunk gives back to write w at its channel d:  Σ_e e^{G_end − G_w} dS_de across_we. Across are the values, for the
// gradient of the key; or keys, for the gradient of the value. A thread an element.
alias OTHER = f32; // storage of across
@group(0) @binding(2) var<storage, read> across: array<OTHER>; // [writes, HV / right_group, E]
@group(0) @binding(3) var<storage, read> state_grads: array<f32>; // [chunks, HV, K, V]: after each chunk
@group(0) @binding(4) var<storage, read_write> o: array<f32>; // [writes, HV, D]

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
  let longest = p.longest * p.steps;
  let w = index / width() / p.HV % longest;
  let place = index / width() / p.HV / longest;
  let chunk = chunk_at(place, head);
  if (w >= chunk.writes) { return; }
  let row = write_row(chunk, w);
  let base = (row * (p.HV / p.right_group) + head / p.right_group) * width_across();
  var sum = 0.0;
  for (var e = 0u; e < width_across(); e++) {
    var product = state_grads[state_index(place * p.HV + head, d, e)] * f32(across[base + e]);
    if (ACROSS) {
      product *= fade(chunk, chunk.tokens, w, e);
    }
    sum += product;
  }
  if (BY_PAIR || GATED) {
    sum *= fade(chunk, chunk.tokens, w, select(0u, d, GATED));
  }
  o[(row * p.HV + head) * width() + d] = sum;
}
