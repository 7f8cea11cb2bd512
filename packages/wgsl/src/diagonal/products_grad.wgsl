// products[t, w] = ⟨left_t, e^{G_t − G_w} right_w⟩, and 0 where read t does not see write w. On K it is what read t takes of write w's value,
// on V what flows back from that result to that write. A thread an element.
alias LEFT = f32; // storage of left
alias RIGHT = f32; // storage of right
@group(0) @binding(2) var<storage, read> left: array<LEFT>; // [reads, HV / left_group, D]
@group(0) @binding(3) var<storage, read> right: array<RIGHT>; // [writes, HV / right_group, D]
@group(0) @binding(4) var<storage, read_write> products: array<f32>; // [chunks, HV, reads, writes]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let writes = p.longest * p.steps;
  let reads = p.longest * reads_of_token();
  let w = index % writes;
  let t = index / writes % reads;
  let head = index / writes / reads % p.HV;
  let chunk = chunk_at(index / writes / reads / p.HV, head);
  let seen = seen_by(t);
  var sum = 0.0;
  if (t < reads_of(chunk) && w < seen.writes) {
    let base = (read_row(chunk, t) * (p.HV / p.left_group) + head / p.left_group) * width();
    let to = (write_row(chunk, w) * (p.HV / p.right_group) + head / p.right_group) * width();
    for (var d = 0u; d < width(); d++) {
      var product = f32(left[base + d]) * f32(right[to + d]);
      if (GATED) {
        product *= fade(chunk, seen.tokens, w, d);
      }
      sum += product;
    }
    if (BY_PAIR) {
      sum *= fade(chunk, seen.tokens, w, 0u);
    }
  }
  products[index] = sum;
}
