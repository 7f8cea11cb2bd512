// The recurrence of the matrix state, token by token:
//
//     S_t = decay(S_{t−1}) + erase + k_t v_tᵀ          o_t = scale · q_tᵀ S_t
//
// decay, erase and read are slots: modules that supply fade, before_decay and write, read_before, read_own and read_after.
// A token may write several times (steps); it decays before its first write and is read once.
//
// One workgroup a sequence, value head and tile of COLUMNS value columns; one thread a column, which it keeps whole in S. Threads
// of a workgroup load the same q and k at the same time and neighbouring v and o. Threads beyond the last column have v = 0
// and store nothing.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v and o

const K = 64u;
const COLUMNS = 64u;

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
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, H, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [T · steps, H, K]
@group(0) @binding(3) var<storage, read> v: array<VALUE>; // [T · steps, HV, V]
@group(0) @binding(4) var<storage, read> sequences: array<u32>; // [sequences, 3]: index in the batch, first token, end
@group(0) @binding(5) var<storage, read_write> o: array<VALUE>; // [T, HV, V]
// then, as the slots ask: gate, side, state [N, HV, K, V]

struct Write {
  key: u32, // where its row of k starts
  side: u32, // where its row of side starts
  value: f32, // v of the thread's column
  thread: u32,
}

var<private> S: array<f32, K>; // the thread's column of the state

fn read_state(query: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < K; i++) {
    sum += f32(q[query + i]) * S[i];
  }
  return sum;
}

@compute @workgroup_size(COLUMNS)
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
  let j = group % p.tiles * COLUMNS + thread;
  let inside = j < p.V;
  let column = min(j, p.V - 1u);

  let at = (sequences[sequence] * p.HV + head) * K * p.V + column;
  for (var i = 0u; i < K; i++) {
    S[i] = state_load(at + i * p.V);
  }
  for (var t = sequences[sequence + 1u]; t < sequences[sequence + 2u]; t++) {
    let query = (t * p.H + key_head) * K;
    var sum = read_before(query);
    for (var step = 0u; step < p.steps; step++) {
      let row = t * p.steps + step;
      let value = select(0.0, f32(v[(row * p.HV + head) * p.V + column]), inside);
      let w = Write((row * p.H + key_head) * K, side_of(row, head), value, thread);
      before_decay(w);
      if (step == 0u) {
        fade(t, head, column);
      }
      sum += read_own(query, w);
      write(w);
    }
    sum += read_after(query);
    if (inside) {
      o[(t * p.HV + head) * p.V + column] = VALUE(p.scale * sum);
    }
  }
  if (inside) {
    for (var i = 0u; i < K; i++) {
      state_store(at + i * p.V, S[i]);
    }
  }
}
