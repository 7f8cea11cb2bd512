// The state S at the start of every chunk, and after the last:
//
//     S' = e^{G_end} S + Σ_w (e^{G_end − G_w} k_w) y_wᵀ
//
// One workgroup a sequence, value head and tile of COLUMNS value columns, over the chunks in order. 256 threads as 16 × 16 keep S in
// registers: K in slices of SLICE rows, of which a thread has every 16th, and every 16th column. Before they are written, values pass
// through the slot `correct`, which adds what an erase takes out of the state.
alias KEY = f32; // storage of keys

const K = 64u;
const C = 32u; // most writes of a chunk, a multiple of 16
const SLICE = 32u;
const COLUMNS = 32u;
const PITCH = SLICE + 1u;
const SLICES = (K + SLICE - 1u) / SLICE;
const TALL = SLICE / 16u;
const WIDE = COLUMNS / 16u;

struct Params {
  groups: u32, // workgroups with work: sequences · HV · tiles
  tiles: u32, // of value columns
  longest: u32, // tokens that a chunk may have
  steps: u32, // writes of a token
  HV: u32,
  V: u32,
  key_group: u32, // value heads that share a head of keys
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> spans: array<vec4u>; // [sequences]: index, first token, tokens, first chunk
@group(0) @binding(2) var<storage, read> keys: array<KEY>; // [writes, HV / key_group, K]
@group(0) @binding(3) var<storage, read_write> states: array<f32>; // [chunks, HV, K, V]

var<private> S: array<f32, SLICES * TALL * WIDE>;
var<workgroup> left: array<f32, C * PITCH>; // keys
var<workgroup> y: array<f32, C * COLUMNS>;

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

fn value_index(chunk: Chunk, w: u32, c: u32) -> u32 {
  return ((chunk.token * p.steps + w) * p.HV + chunk.head) * p.V + c;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let span = spans[group / p.tiles / p.HV];
  let head = group / p.tiles % p.HV;
  let first = group % p.tiles * COLUMNS;
  let row = thread / 16u;
  let column = thread % 16u;

  let given = (span.x * p.HV + head) * K;
  for (var s = 0u; s < SLICES * TALL; s++) {
    let i = row + 16u * s;
    for (var b = 0u; b < WIDE; b++) {
      let c = first + column + 16u * b;
      S[s * WIDE + b] = 0.0;
      if (i < K && c < p.V) {
        S[s * WIDE + b] = state_load((given + i) * p.V + c);
      }
    }
  }
  for (var done = 0u; done < span.z; done += p.longest) {
    let tokens = min(p.longest, span.z - done);
    let chunk = Chunk(span.y + done, tokens, tokens * p.steps, head);
    keep(span.w + done / p.longest, head, first, row, column);
    workgroupBarrier();
    for (var e = thread; e < C * COLUMNS; e += 256u) {
      let c = first + e % COLUMNS;
      y[e] = 0.0;
      if (e / COLUMNS < chunk.writes && c < p.V) {
        y[e] = value_at(value_index(chunk, e / COLUMNS, c));
      }
    }
    correct(chunk, first, thread);
    workgroupBarrier();
    if (BY_PAIR || BY_VALUE) {
      for (var e = thread; e < chunk.writes * COLUMNS; e += 256u) {
        let channel = select(0u, min(first + e % COLUMNS, p.V - 1u), BY_VALUE);
        y[e] *= exp(gate_sum(chunk, tokens, channel) - gate_sum(chunk, e / COLUMNS / p.steps + 1u, channel));
      }
    }
    for (var s = 0u; s < SLICES; s++) {
      workgroupBarrier();
      for (var e = thread; e < C * SLICE; e += 256u) {
        stage_key(chunk, e / SLICE, s * SLICE + e % SLICE, e / SLICE * PITCH + e % SLICE);
      }
      workgroupBarrier();
      fade(chunk, s, first, row, column);
      for (var w = 0u; w < chunk.writes; w++) {
        for (var a = 0u; a < TALL; a++) {
          let x = left[w * PITCH + row + 16u * a];
          for (var b = 0u; b < WIDE; b++) {
            S[(s * TALL + a) * WIDE + b] += x * y[w * COLUMNS + column + 16u * b];
          }
        }
      }
    }
  }
  for (var s = 0u; s < SLICES * TALL; s++) {
    let i = row + 16u * s;
    for (var b = 0u; b < WIDE; b++) {
      let c = first + column + 16u * b;
      if (i < K && c < p.V) {
        state_store((given + i) * p.V + c, S[s * WIDE + b]);
      }
    }
  }
}

fn keep(chunk: u32, head: u32, first: u32, row: u32, column: u32) {
  for (var s = 0u; s < SLICES * TALL; s++) {
    let i = row + 16u * s;
    for (var b = 0u; b < WIDE; b++) {
      let c = first + column + 16u * b;
      if (i < K && c < p.V) {
        states[((chunk * p.HV + head) * K + i) * p.V + c] = S[s * WIDE + b];
      }
    }
  }
}

fn stage_key(chunk: Chunk, w: u32, i: u32, at: u32) {
  left[at] = 0.0;
  if (w < chunk.writes && i < K) {
    left[at] = f32(keys[((chunk.token * p.steps + w) * (p.HV / p.key_group) + chunk.head / p.key_group) * K + i]);
    if (BY_KEY) {
      left[at] *= exp(gate_sum(chunk, chunk.tokens, i) - gate_sum(chunk, w / p.steps + 1u, i));
    }
  }
}

// A slice of S times e^{G_end}.
fn fade(chunk: Chunk, s: u32, first: u32, row: u32, column: u32) {
  if (!(BY_PAIR || BY_KEY || BY_VALUE)) { return; }
  for (var a = 0u; a < TALL; a++) {
    let i = min(row + 16u * (s * TALL + a), K - 1u);
    for (var b = 0u; b < WIDE; b++) {
      let c = min(first + column + 16u * b, p.V - 1u);
      S[(s * TALL + a) * WIDE + b] *= exp(gate_sum(chunk, chunk.tokens, select(select(0u, c, BY_VALUE), i, BY_KEY)));
    }
  }
}
