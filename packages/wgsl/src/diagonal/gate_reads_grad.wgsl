// Gate sums stand beside the reads that see them: terms of a token += Σ left · apart over the reads that see its decay as their last. Terms of
// a channel at hand or, where a token has one gate, of all. A thread an element of terms.
alias LEFT = f32; // storage of left
@group(0) @binding(2) var<storage, read> left: array<LEFT>; // [reads, HV / left_group, D]
@group(0) @binding(3) var<storage, read> apart: array<f32>; // [reads, HV, D]: what it got, but for weights of e⁰
@group(0) @binding(4) var<storage, read_write> terms: array<f32>; // [T, HV, D or 1]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let gates_of_head = select(width(), 1u, BY_PAIR);
  let channels = select(1u, width(), BY_PAIR); // of a gate
  let first = index % gates_of_head;
  let head = index / gates_of_head % p.HV;
  let token = index / gates_of_head / p.HV % p.longest;
  let chunk = chunk_at(index / gates_of_head / p.HV / p.longest, head);
  if (token >= chunk.tokens) { return; }
  var sum = 0.0;
  for (var t = 0u; t < reads_of(chunk); t++) {
    if (seen_by(t).tokens != token + 1u) { continue; }
    let row = read_row(chunk, t);
    for (var d = first; d < first + channels; d++) {
      let x = f32(left[(row * (p.HV / p.left_group) + head / p.left_group) * width() + d]);
      sum += x * apart[(row * p.HV + head) * width() + d];
    }
  }
  terms[((chunk.token + token) * p.HV + head) * gates_of_head + first] += sum;
}
