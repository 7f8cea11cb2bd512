// What each chunk adds to the state: Σ_w (e^{G_end − G_w} k_w) y_wᵀ.
//
// One workgroup a chunk, value head and tile of ROWS key channels × COLUMNS value columns. 256 threads as 16 × 16; a thread has every
// 16th row and every 16th column of the tile.
alias KEY = f32; // storage of keys
alias VALUE = f32; // storage of values

const K = 64u;
const C = 32u; // most writes of a chunk, a multiple of 16
const ROWS = 32u;
const COLUMNS = 32u;
const TALL = ROWS / 16u;
const WIDE = COLUMNS / 16u;

struct Params {
  groups: u32, // workgroups with work: chunks · HV · tiles of K · tiles of V
  row_tiles: u32,
  column_tiles: u32,
  steps: u32, // writes of a token
  HV: u32,
  V: u32,
  key_group: u32, // value heads that share a head of keys
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read> keys: array<KEY>; // [writes, HV / key_group, K]
@group(0) @binding(3) var<storage, read> values: array<VALUE>; // [writes, HV, V]
@group(0) @binding(4) var<storage, read_write> states: array<f32>; // [chunks, HV, K, V]

var<workgroup> left: array<f32, C * ROWS>;
var<workgroup> right: array<f32, C * COLUMNS>;

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

// e^{G_end − G_w}
fn weight(chunk: Chunk, w: u32, channel: u32) -> f32 {
  return exp(gate_sum(chunk, chunk.tokens, channel) - gate_sum(chunk, w / p.steps + 1u, channel));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let tile = group % (p.row_tiles * p.column_tiles);
  let first_row = tile / p.column_tiles * ROWS;
  let first_column = tile % p.column_tiles * COLUMNS;
  let place = group / (p.row_tiles * p.column_tiles); // chunk and head
  let range = chunks[place / p.HV];
  let chunk = Chunk(range.x, range.y, range.y * p.steps, place % p.HV);

  for (var e = thread; e < chunk.writes * ROWS; e += 256u) {
    let i = first_row + e % ROWS;
    let row = chunk.token * p.steps + e / ROWS;
    left[e] = 0.0;
    if (i < K) {
      left[e] = f32(keys[(row * (p.HV / p.key_group) + chunk.head / p.key_group) * K + i]);
      if (BY_KEY) {
        left[e] *= weight(chunk, e / ROWS, i);
      }
    }
  }
  for (var e = thread; e < chunk.writes * COLUMNS; e += 256u) {
    let c = first_column + e % COLUMNS;
    let row = chunk.token * p.steps + e / COLUMNS;
    right[e] = 0.0;
    if (c < p.V) {
      right[e] = f32(values[(row * p.HV + chunk.head) * p.V + c]);
      if (BY_PAIR || BY_VALUE) {
        right[e] *= weight(chunk, e / COLUMNS, select(0u, c, BY_VALUE));
      }
    }
  }
  workgroupBarrier();

  let row = thread / 16u;
  let column = thread % 16u;
  var sums: array<f32, TALL * WIDE>;
  for (var w = 0u; w < chunk.writes; w++) {
    for (var a = 0u; a < TALL; a++) {
      let x = left[w * ROWS + row + 16u * a];
      for (var b = 0u; b < WIDE; b++) {
        sums[a * WIDE + b] += x * right[w * COLUMNS + column + 16u * b];
      }
    }
  }
  for (var a = 0u; a < TALL; a++) {
    let i = first_row + row + 16u * a;
    for (var b = 0u; b < WIDE; b++) {
      let c = first_column + column + 16u * b;
      if (i < K && c < p.V) {
        states[(place * K + i) * p.V + c] = sums[a * WIDE + b];
      }
    }
  }
}
