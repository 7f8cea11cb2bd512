// The state S at the start of every chunk, and after the last. The writes that answer an erase depend on it: y = U + W S, in place,
//
//     S' = e^{G_end} S + Σ_w (e^{G_end − G_w} k_w) y_wᵀ
//
// One workgroup a sequence, value head and tile of COLUMNS value columns, over the chunks in order. 256 threads as 16 × 16 keep S in
// registers: K in slices of SLICE rows, of which a thread has every 16th, and every 16th column.
alias KEY = f32; // storage of keys

const K = 64u;
const C = 32u; // most writes of a chunk, a multiple of 16
const EVERY = 1u; // writes of a row: the first of them answers an erase
const SLICE = 32u;
const COLUMNS = 16u;
const PITCH = SLICE + 1u;
const SLICES = (K + SLICE - 1u) / SLICE;
const TALL = SLICE / 16u;
const WIDE = COLUMNS / 16u;
const DEEP = C / 16u;

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
@group(0) @binding(3) var<storage, read> state_reads: array<f32>; // W [rows, HV, K]
@group(0) @binding(4) var<storage, read_write> values: array<f32>; // [writes, HV, V]: U, then y
@group(0) @binding(5) var<storage, read_write> states: array<f32>; // [chunks, HV, K, V]

var<private> S: array<f32, SLICES * TALL * WIDE>;
var<workgroup> left: array<f32, C * PITCH>; // a slice of W, or of keys
var<workgroup> held: array<f32, SLICE * COLUMNS>; // a slice of S
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
    answer(chunk, first, thread);
    workgroupBarrier();
    if (BY_PAIR) {
      for (var e = thread; e < chunk.writes * COLUMNS; e += 256u) {
        y[e] *= exp(gate_sum(chunk, tokens, 0u) - gate_sum(chunk, e / COLUMNS / p.steps + 1u, 0u));
      }
    }
    for (var s = 0u; s < SLICES; s++) {
      workgroupBarrier();
      for (var e = thread; e < C * SLICE; e += 256u) {
        stage_key(chunk, e / SLICE, s * SLICE + e % SLICE, e / SLICE * PITCH + e % SLICE);
      }
      workgroupBarrier();
      // apart from S, which is too large for registers on some devices
      var sums = array<f32, TALL * WIDE>();
      for (var w = 0u; w < chunk.writes; w++) {
        for (var a = 0u; a < TALL; a++) {
          let x = left[w * PITCH + row + 16u * a];
          for (var b = 0u; b < WIDE; b++) {
            sums[a * WIDE + b] += x * y[w * COLUMNS + column + 16u * b];
          }
        }
      }
      for (var a = 0u; a < TALL; a++) {
        let i = min(row + 16u * (s * TALL + a), K - 1u);
        let fade = exp(gate_sum(chunk, tokens, select(0u, i, BY_KEY)));
        for (var b = 0u; b < WIDE; b++) {
          let at = (s * TALL + a) * WIDE + b;
          S[at] = S[at] * fade + sums[a * WIDE + b];
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

// y = U + W S, to workgroup memory and to values.
fn answer(chunk: Chunk, first: u32, thread: u32) {
  let row = thread / 16u;
  let column = thread % 16u;
  var sums: array<f32, DEEP * WIDE>;
  for (var s = 0u; s < SLICES; s++) {
    workgroupBarrier();
    for (var a = 0u; a < TALL; a++) {
      for (var b = 0u; b < WIDE; b++) {
        held[(row + 16u * a) * COLUMNS + column + 16u * b] = S[(s * TALL + a) * WIDE + b];
      }
    }
    for (var e = thread; e < C * SLICE; e += 256u) {
      let i = s * SLICE + e % SLICE;
      let at = e / SLICE * PITCH + e % SLICE;
      left[at] = 0.0;
      if (e / SLICE < chunk.writes / EVERY && i < K) {
        left[at] = state_reads[((chunk.token * (p.steps / EVERY) + e / SLICE) * p.HV + chunk.head) * K + i];
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < SLICE; i++) {
      for (var a = 0u; a < DEEP; a++) {
        let x = left[(row + 16u * a) * PITCH + i];
        for (var b = 0u; b < WIDE; b++) {
          sums[a * WIDE + b] += x * held[i * COLUMNS + column + 16u * b];
        }
      }
    }
  }
  for (var e = thread; e < C * COLUMNS; e += 256u) {
    let c = first + e % COLUMNS;
    y[e] = 0.0;
    if (e / COLUMNS < chunk.writes && c < p.V) {
      y[e] = values[value_index(chunk, e / COLUMNS, c)];
    }
  }
  workgroupBarrier();
  for (var a = 0u; a < DEEP; a++) {
    let w = (row + 16u * a) * EVERY;
    for (var b = 0u; b < WIDE; b++) {
      let c = first + column + 16u * b;
      if (w < chunk.writes && c < p.V) {
        let at = w * COLUMNS + column + 16u * b;
        y[at] += sums[a * WIDE + b];
        values[value_index(chunk, w, c)] = y[at];
      }
    }
  }
}
