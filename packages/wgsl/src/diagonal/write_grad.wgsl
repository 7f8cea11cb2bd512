// What the reads of the chunk give back to write w at its channel d:  o_wd += Σ_t products_tw e^{G_t − G_w} left_td. A thread an element.
alias LEFT = f32; // storage of left
@group(0) @binding(2) var<storage, read> products: array<f32>; // [chunks, HV, reads, writes]
@group(0) @binding(3) var<storage, read> left: array<LEFT>; // [reads, HV / left_group, D]
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
  var faded = 0.0;
  var same = 0.0; // to reads before the next decay, whose weight is e⁰
  for (var t = 0u; t < reads_of(chunk); t++) {
    let seen = seen_by(t);
    if (w >= seen.writes) { continue; }
    let base = (read_row(chunk, t) * (p.HV / p.left_group) + head / p.left_group) * width();
    var product = products[product_index(place * p.HV + head, t, w)] * f32(left[base + d]);
    if (GATED) {
      product *= fade(chunk, seen.tokens, w, d);
    }
    if (w / p.steps + 1u < seen.tokens) {
      faded += product;
    } else {
      same += product;
    }
  }
  let at = (write_row(chunk, w) * p.HV + head) * width() + d;
  o[at] += faded + same;
  add_apart(at, faded);
}
