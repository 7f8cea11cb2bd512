// What read t gets at its channel d:  Σ_e e^{G_t} S_de across_te + Σ_w products_tw e^{G_t − G_w} right_wd.
// Across are the gradients of the results, for the gradient of x; or x itself, for the results. A thread an element.
alias RIGHT = f32; // storage of right
alias OTHER = f32; // storage of across
@group(0) @binding(2) var<storage, read> products: array<f32>; // [chunks, HV, reads, writes]
@group(0) @binding(3) var<storage, read> right: array<RIGHT>; // [writes, HV / right_group, D]
@group(0) @binding(4) var<storage, read> across: array<OTHER>; // [reads, HV / left_group, E]
@group(0) @binding(5) var<storage, read> states: array<f32>; // [chunks, HV, K, V]
@group(0) @binding(6) var<storage, read_write> o: array<f32>; // [reads, HV, D]

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
  let longest = p.longest * reads_of_token();
  let t = index / width() / p.HV % longest;
  let place = index / width() / p.HV / longest;
  let chunk = chunk_at(place, head);
  if (t >= reads_of(chunk)) { return; }
  let row = read_row(chunk, t);
  let seen = seen_by(t);

  let base = (row * (p.HV / p.left_group) + head / p.left_group) * width_across();
  var start = 0.0;
  for (var e = 0u; e < width_across(); e++) {
    var product = states[state_index(place * p.HV + head, d, e)] * f32(across[base + e]);
    if (ACROSS) {
      product *= exp(gate_sum(chunk, seen.tokens, e));
    }
    start += product;
  }
  if (BY_PAIR || GATED) {
    start *= exp(gate_sum(chunk, seen.tokens, select(0u, d, GATED)));
  }
  var faded = 0.0;
  var same = 0.0; // of the writes since the last decay, whose weight is e⁰
  for (var w = 0u; w < seen.writes; w++) {
    let to = (write_row(chunk, w) * (p.HV / p.right_group) + head / p.right_group) * width();
    var product = products[product_index(place * p.HV + head, t, w)] * f32(right[to + d]);
    if (GATED) {
      product *= fade(chunk, seen.tokens, w, d);
    }
    if (w / p.steps + 1u < seen.tokens) {
      faded += product;
    } else {
      same += product;
    }
  }
  let at = (row * p.HV + head) * width() + d;
  o[at] = start + faded + same;
  add_apart(at, start + faded);
}
