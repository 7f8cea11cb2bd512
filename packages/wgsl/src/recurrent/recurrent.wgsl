// The recurrence of the matrix state, token by token:
//
//     S_t = decay(S_{t−1}) + erase + k_t v_tᵀ          o_t = scale · q_tᵀ S_t
//
// decay, erase and read are slots: modules that supply fade, before_decay and write, read_before, read_own and read_after.
// A token may write several times (steps); it decays before its first write and is read once.
//
// One workgroup a sequence, value head and tile of 4 · LANES value columns. A thread has four columns of every PARTS-th row, and keeps
// them in S from the first token to the last: the state is read once and written once, ROWS vectors of a thread at a time, neighbouring
// lanes beside one another. What sums over rows meets in workgroup memory. Rows and columns beyond the last are zeros.

const K = 64u;
const LANES = 16u; // threads beside one another
const PARTS = 16u; // threads that share four columns
const THREADS = LANES * PARTS;
const ROWS = (K + PARTS - 1u) / PARTS; // of a thread

struct Params {
  groups: u32, // workgroups with work: sequences · HV · tiles
  tiles: u32, // of value columns
  steps: u32,
  H: u32,
  HV: u32,
  V: u32,
  scale: f32,
  side_row: u32, // strides of side, 0 where its rows are all one
  side_group: u32, // value heads that share a head of side
  side_width: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> sequences: array<u32>; // [sequences, 3]: index in the batch, first token, end
// q [T, H, K], k [T · steps, H, K], v [T · steps, HV, V], o [T, HV, V]; then, as the slots ask: gate, side, states [N, HV, K, V]

struct Write {
  value: vec4f, // v of the thread's columns
  side: u32, // where its row of side starts
}

var<private> part: u32;
var<private> lane: u32;
var<private> column: u32; // the thread's first
var<private> inside: vec4<bool>; // which of its columns there are

// the thread's rows
var<private> S: array<vec4f, ROWS>;
var<private> query: array<f32, ROWS>;
var<private> key: array<f32, ROWS>;

var<workgroup> shared_sums: array<vec4f, 2u * THREADS>;
var<private> turn: u32;

fn row(r: u32) -> u32 {
  return part + PARTS * r;
}

fn of_row(r: u32, x: f32) -> f32 {
  return select(0.0, x, K % PARTS == 0u || row(r) < K);
}

fn of_columns(x: vec4f) -> vec4f {
  return select(vec4f(), x, inside);
}

// Shows a thread's number to the others. Two buffers take turns: who writes one has waited until all have read it.
fn share(x: vec4f) {
  turn = THREADS - turn;
  shared_sums[turn + part * LANES + lane] = x;
  workgroupBarrier();
}

// Σ of what the threads of the same columns have shared
fn over_parts() -> vec4f {
  var sum = vec4f();
  for (var i = lane; i < THREADS; i += LANES) {
    sum += shared_sums[turn + i];
  }
  return sum;
}

// Σ of what the threads of the same rows have shared
fn over_lanes() -> vec4f {
  var sum = vec4f();
  for (var i = part * LANES; i < (part + 1u) * LANES; i++) {
    sum += shared_sums[turn + i];
  }
  return sum;
}

// the thread's part of qᵀ S
fn read_state() -> vec4f {
  var sum = vec4f();
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    sum += S[r] * query[r];
  }
  return sum;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let sequence = group / p.tiles / p.HV * 3u;
  let head = group / p.tiles % p.HV;
  let key_head = head / (p.HV / p.H);
  part = thread / LANES;
  lane = thread % LANES;
  column = 4u * (group % p.tiles * LANES + lane);
  inside = column + vec4u(0u, 1u, 2u, 3u) < vec4u(p.V);

  let at = (sequences[sequence] * p.HV + head) * K * p.V + column;
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    if (K % PARTS == 0u || row(r) < K) {
      S[r] = of_columns(state_load4(at + row(r) * p.V));
    }
  }
  for (var t = sequences[sequence + 1u]; t < sequences[sequence + 2u]; t++) {
    // unroll
    for (var r = 0u; r < ROWS; r++) {
      query[r] = of_row(r, q1((t * p.H + key_head) * K + row(r)));
    }
    var sum = read_before();
    for (var step = 0u; step < p.steps; step++) {
      let written = t * p.steps + step;
      // unroll
      for (var r = 0u; r < ROWS; r++) {
        key[r] = of_row(r, k1((written * p.H + key_head) * K + row(r)));
      }
      let w = Write(of_columns(v4((written * p.HV + head) * p.V + column)), side_of(written, head));
      before_decay(w);
      if (step == 0u) {
        fade(t, head);
      }
      sum += read_own(w);
      write(w);
    }
    share(sum + read_after());
    if (part == 0u && column < p.V) {
      o_put4((t * p.HV + head) * p.V + column, p.V - column, p.scale * over_parts());
    }
  }
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    if (row(r) < K && column < p.V) {
      state_store4(at + row(r) * p.V, p.V - column, S[r]);
    }
  }
}
