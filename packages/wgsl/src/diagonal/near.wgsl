// The pairs that `pairs.wgsl` leaves out where a gate stands before every channel: 16 reads, and the writes after the decay that the first of
// them has seen. ⟨left_t, e^{G_t − G_w} right_w⟩ has no exponent to split there, so each pair has its own, and a thread: 4 × 8 pairs a
// subgroup, some of which have none. Rows and gates pass through workgroup memory, DEPTH channels at a time.
const READ_ROWS = 16u;
const NEAR = 16u; // writes that came with so many reads, at most, in sixteens
const DEPTH = 32u;
const FOURS = DEPTH / 4u;
const PITCH = FOURS + 1u;
const SHARE = NEAR / 16u; // pairs of a thread

var<workgroup> rows: array<vec4f, READ_ROWS * PITCH>;
var<workgroup> row_gates: array<vec4f, READ_ROWS * PITCH>;
var<workgroup> written: array<vec4f, NEAR * PITCH>;
var<workgroup> written_gates: array<vec4f, NEAR * PITCH>;
var<workgroup> found: array<f32, READ_ROWS * NEAR>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let chunk = enter(group / p.row_tiles);
  let reads = reads_of(chunk);
  let first = group % p.row_tiles * READ_ROWS;
  if (first >= reads) { return; }
  let left = rows_from(read_row(chunk, 0u), p.left_group, width());
  let right = rows_from(chunk.token * STEPS, p.right_group, width());
  let early = seen_by(first).tokens * STEPS / 4u * 4u;

  let t = thread / 64u * 4u + thread % 32u / 8u;
  let column = thread / 32u % 2u * 8u + thread % 8u;
  let count = max(seen_by(min(first + t, reads - 1u)).writes, early) - early;
  var sums: array<f32, SHARE>;
  for (var base = 0u; base < turns(width()); base += DEPTH) {
    for (var e = thread; e < turns(READ_ROWS * FOURS); e += 256u) {
      let d = base + 4u * (e % FOURS);
      let read = min(first + e / FOURS, reads - 1u);
      let at = e / FOURS * PITCH + e % FOURS;
      rows[at] = before(reads4(left.first + read * left.pitch + d), d, width());
      row_gates[at] = before(gate_sum4(here, seen_by(read).tokens, d), d, width());
    }
    for (var e = thread; e < turns(NEAR * FOURS); e += 256u) {
      let d = base + 4u * (e % FOURS);
      let w = min(early + e / FOURS, chunk.writes - 1u);
      let at = e / FOURS * PITCH + e % FOURS;
      written[at] = before(writes4(right.first + w * right.pitch + d), d, width());
      written_gates[at] = before(gate_sum4(here, decayed(w), d), d, width());
    }
    workgroupBarrier();
    // unroll
    for (var i = 0u; i < SHARE; i++) {
      let w = column + 16u * i;
      if (w < count) {
        for (var f = 0u; f < turns(FOURS); f++) {
          let fade = exp(row_gates[t * PITCH + f] - written_gates[w * PITCH + f]);
          sums[i] += dot(rows[t * PITCH + f] * written[w * PITCH + f], fade);
        }
      }
    }
    workgroupBarrier();
  }
  // unroll
  for (var i = 0u; i < SHARE; i++) {
    found[t * NEAR + column + 16u * i] = sums[i];
  }
  workgroupBarrier();
  for (var e = thread; e < turns(READ_ROWS * NEAR / 4u); e += 256u) {
    let read = first + e / (NEAR / 4u);
    let at = 4u * e;
    let w = early + at % NEAR;
    if (read < reads && w < seen_by(read).writes) {
      // what a read does not see is 0
      pairs_put4(product_index(chunk_and_head, read, w), 4u, vec4f(found[at], found[at + 1u], found[at + 2u], found[at + 3u]));
    }
  }
}
