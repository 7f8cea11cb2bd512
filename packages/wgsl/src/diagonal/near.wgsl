// The pairs that `pairs.wgsl` leaves out where a gate stands before every channel: those of 16 rows, each a read and the EACH writes that have
// seen the decay of the same tokens. There e^{G_t − G_w} is a product of steps e^{G_t − G_{t−1}}. A write fades by each step until its round of
// ROUND rows ends, and then by all steps of a round at once; a read fades by those of its round, where it meets writes of rounds before.
// A thread has four channels of all rows, with one write of each at a time; a team has all channels, and adds up what its LANES found.
const ROWS = 16u;
const EACH = 1u; // writes of a row
const LATE = 0u; // row r has read r + LATE
const OWN = 1u; // 0 where it does not see the writes of its row
const NEAR = 16u; // writes of all rows, at most
const LANES = 32u;
const TEAMS = 1u; // beside one another
const WHOLE = true; // whether all lanes have channels, and four
const ROUND = 2u;
const FOURS = ROWS / 4u;
const SLOTS = ROUND * FOURS;
const PITCH = SLOTS + 1u;
const PARTS = max(LANES / SLOTS, 1u); // of a team's lanes, each with sums of its own
const SHARE = LANES / PARTS;
// where a part begins at the latest: a bound that a compiler sees spares each load its checks
const LAST = (TEAMS * LANES + 1u - SHARE) * PITCH - 1u;

var<workgroup> partial: array<vec4f, TEAMS * LANES * PITCH>; // [team, lane, row, four writes]
var<workgroup> found: array<f32, PARTS * TEAMS * ROWS * NEAR>;

fn of_row(x: vec4f, d: u32) -> vec4f {
  if (WHOLE) { return x; }
  return before(x, d, width());
}

@compute @workgroup_size(LANES, TEAMS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let chunk = enter(group / p.row_tiles);
  let reads = reads_of(chunk);
  let tile = group % p.row_tiles * (TEAMS * ROWS);
  if (tile >= reads) { return; }
  let left = rows_from(read_row(chunk, 0u), p.left_group, width());
  let right = rows_from(chunk.token * STEPS, p.right_group, width());
  let lane = thread.x;
  let team = thread.y;
  let first = tile + team * ROWS;
  let own = (team * LANES + lane) * PITCH;

  for (var each = 0u; each < turns(EACH); each++) {
    for (var base = 0u; base < turns(width()); base += 4u * LANES) {
      let d = base + 4u * lane;
      var lefts: array<reads_FOUR, ROWS>;
      var rights: array<writes_FOUR, ROWS>;
      var sums: array<vec4f, ROWS>; // of gates
      // unroll
      for (var t = 0u; t < ROWS; t++) {
        let row = min(first + t, reads - 1u);
        lefts[t] = reads_load4(left.first + min(row + LATE, reads - 1u) * left.pitch + d);
        rights[t] = writes_load4(right.first + (row * EACH + each) * right.pitch + d);
        sums[t] = gate_load4(here, decayed(row * EACH), d);
      }
      var faded: array<vec4f, ROWS>; // what was written, as it is at the last row of a round
      var gate = of_row(sums[0u], d);
      // unroll
      for (var round = 0u; round < ROWS / ROUND; round++) {
        var since = vec4f(1.0); // the last round
        // unroll
        for (var i = 0u; i < ROUND; i++) {
          let next = of_row(sums[ROUND * round + i], d);
          let fade = exp(next - gate);
          gate = next;
          since *= fade;
          // unroll
          for (var w = ROUND * round; w < ROUND * round + i; w++) {
            faded[w] *= fade;
          }
          faded[ROUND * round + i] = of_row(writes_of4(rights[ROUND * round + i]), d);
          let x = of_row(reads_of4(lefts[ROUND * round + i]), d);
          let x_before = x * since;
          var pairs: array<f32, ROWS>;
          // unroll
          for (var w = 0u; w < ROUND * round; w++) {
            pairs[w] = dot(x_before, faded[w]);
          }
          // unroll
          for (var w = ROUND * round; w < ROUND * round + i + OWN; w++) {
            pairs[w] = dot(x, faded[w]);
          }
          // unroll
          for (var j = 0u; j < (ROUND * round + i) / 4u + 1u; j++) {
            partial[own + i * FOURS + j] = vec4f(pairs[4u * j], pairs[4u * j + 1u], pairs[4u * j + 2u], pairs[4u * j + 3u]);
          }
        }
        // unroll
        for (var w = 0u; w < ROUND * round; w++) {
          faded[w] *= since;
        }
        workgroupBarrier();
        add_up(ROUND * round, each, team, lane, base == 0u);
        workgroupBarrier();
      }
    }
  }
  for (var e = lane; e < turns(ROWS * NEAR / 4u); e += LANES) {
    let t = e / (NEAR / 4u);
    let w = 4u * (e % (NEAR / 4u));
    let read = first + t + LATE;
    if (read < reads && first * EACH + w < seen_by(read).writes) {
      var pairs = vec4f();
      for (var part = 0u; part < PARTS; part++) {
        let at = place(part, team, t, w);
        pairs += vec4f(found[at], found[at + 1u], found[at + 2u], found[at + 3u]);
      }
      // what a read does not see is 0
      pairs_put4(product_index(chunk_and_head, read, first * EACH + w), 4u, pairs);
    }
  }
}

fn place(part: u32, team: u32, t: u32, w: u32) -> u32 {
  return ((part * TEAMS + team) * ROWS + t) * NEAR + w;
}

// Of ROUND rows, the first of them and one write of each row.
fn add_up(first: u32, each: u32, team: u32, lane: u32, is_new: bool) {
  for (var e = lane; e < SLOTS * PARTS; e += LANES) {
    let part = e / SLOTS;
    let t = first + e % SLOTS / FOURS;
    let writer = 4u * (e % FOURS); // the first row of four that write
    if (writer <= t) {
      var sum = vec4f();
      let at = min((team * LANES + part * SHARE) * PITCH + e % SLOTS, LAST);
      for (var i = 0u; i < turns(SHARE); i++) {
        sum += partial[at + i * PITCH];
      }
      // unroll
      for (var i = 0u; i < 4u; i++) {
        let w = (writer + i) * EACH + each;
        if (w < NEAR) {
          let to = place(part, team, t, w);
          found[to] = select(found[to], 0.0, is_new) + sum[i];
        }
      }
    }
  }
}
