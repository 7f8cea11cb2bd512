// A gate is in the sums of its token and of all after it in the chunk: terms, in place, become what follows each of them and the closing term.
// A thread a gate of a chunk.
@group(0) @binding(2) var<storage, read> closing: array<f32>; // [chunks, HV, D]
@group(0) @binding(3) var<storage, read_write> terms: array<f32>; // [T, HV, D or 1]

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
  let place = index / gates_of_head / p.HV;
  let chunk = chunk_at(place, head);
  var sum = 0.0;
  for (var d = first; d < first + channels; d++) {
    sum += closing[(place * p.HV + head) * width() + d];
  }
  for (var token = chunk.tokens; token > 0u; token--) {
    let at = ((chunk.token + token - 1u) * p.HV + head) * gates_of_head + first;
    sum += terms[at];
    terms[at] = sum;
  }
}
