// Gate sums stand beside the reads that see them: terms of a token are Σ left · apart, left [reads, HV / left_group, D], over the reads that see
// its decay as their last. Terms of a channel at hand or, where a token has one gate, of all. LANES threads share an element of terms.
const LANES = 1u;
const GROWS = false; // terms have something already

@group(0) @binding(2) var<storage, read> apart: array<f32>; // [reads, HV, D]: what it got, but for weights of e⁰
@group(0) @binding(3) var<storage, read_write> terms: array<f32>; // [T, HV, D or 1]

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  let lane = index % LANES;
  let gates_of_head = select(width(), 1u, BY_PAIR);
  let first = index / LANES % gates_of_head;
  let head = index / LANES / gates_of_head % p.HV;
  let place = index / LANES / gates_of_head / p.HV;
  let token = place % p.longest;
  let chunk = chunk_at(place / p.longest, head);
  let inside = index < p.count && token < chunk.tokens;
  var sum = 0.0;
  if (inside) {
    let end = select(first + 1u, width(), BY_PAIR);
    for (var t = first_read(token + 1u); t < min(first_read(token + 2u), reads_of(chunk)); t++) {
      let row = read_row(chunk, t);
      let at = (row * (p.HV / p.left_group) + head / p.left_group) * width();
      for (var d = first + lane; d < end; d += LANES) {
        sum += left1(at + d) * apart[(row * p.HV + head) * width() + d];
      }
    }
  }
  sums[thread] = sum;
  workgroupBarrier();
  if (inside && lane == 0u) {
    for (var l = 1u; l < LANES; l++) {
      sum += sums[thread + l];
    }
    let at = ((chunk.token + token) * p.HV + head) * gates_of_head + first;
    if (GROWS) {
      sum += terms[at];
    }
    terms[at] = sum;
  }
}
