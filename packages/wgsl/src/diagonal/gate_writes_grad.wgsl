// Gate sums stand against the writes since their token: terms of a token −= Σ right · (apart + end) over its writes. Those of the chunk's last
// token reach its end with a weight of e⁰, and leave that out. A thread an element of terms.
alias RIGHT = f32; // storage of right
@group(0) @binding(2) var<storage, read> right: array<RIGHT>; // [writes, HV / right_group, D]
@group(0) @binding(3) var<storage, read> apart: array<f32>; // [writes, HV, D]: what reads gave it, but for weights of e⁰
@group(0) @binding(4) var<storage, read> ends: array<f32>; // [writes, HV, D]: what the state after the chunk gave it
@group(0) @binding(5) var<storage, read_write> terms: array<f32>; // [T, HV, D or 1]

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
  for (var w = token * p.steps; w < (token + 1u) * p.steps; w++) {
    let row = write_row(chunk, w);
    for (var d = first; d < first + channels; d++) {
      let at = (row * p.HV + head) * width() + d;
      var given = apart[at];
      if (token + 1u < chunk.tokens) {
        given += ends[at];
      }
      sum += f32(right[(row * (p.HV / p.right_group) + head / p.right_group) * width() + d]) * given;
    }
  }
  terms[((chunk.token + token) * p.HV + head) * gates_of_head + first] -= sum;
}
