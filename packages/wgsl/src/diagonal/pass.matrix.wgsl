// What increment.wgsl and carry.wgsl do one after the other, by matrices of subgroups: the state before every chunk. What a chunk adds never leaves
// its workgroup. One workgroup a sequence, value head and ROWS × COLUMNS of the state, over the chunks in order; a thread has two fours of it, in f32.
// Backward, in reverse, what start_grad.wgsl and carry.wgsl do: the gradient of the state after every chunk.
// What chunks to come take is loaded AHEAD of them, as it lies: nothing is computed from it before it is used.
const BACKWARD = false;
const K = 64u;
const STEPS = 1u; // writes of a token
const ROWS = 64u; // channels of K, a multiple of 16
const COLUMNS = 32u; // … of V
const PLACES = 64u; // writes, or reads, that a chunk may have, a multiple of 16
const AHEAD = 4u;
const SUBGROUPS = 8u;
const THREADS = 32u * SUBGROUPS;
const ACROSS = COLUMNS / 16u;
const DEEP = PLACES / 16u;
const EACH = select(STEPS, 1u, BACKWARD); // rows of a token

// in fours
const LEFT_LINE = ROWS / 4u;
const LEFT_PITCH = LEFT_LINE + 2u;
const LEFT_SHARE = (PLACES * LEFT_LINE + THREADS - 1u) / THREADS;
const RIGHT_LINE = COLUMNS / 4u;
const RIGHT_PITCH = RIGHT_LINE + 2u;
const RIGHT_SHARE = (PLACES * RIGHT_LINE + THREADS - 1u) / THREADS;
const RESULT_PITCH = 5u;

// where a matrix begins at the latest: a bound that a compiler sees spares each load its checks
const LAST_LEFT = (PLACES - 15u) * LEFT_PITCH - 4u;
const LAST_RIGHT = (PLACES - 15u) * RIGHT_PITCH - 4u;
const LAST_RESULT = (SUBGROUPS * 16u - 15u) * RESULT_PITCH - 4u;

struct Params {
  groups: u32, // workgroups with work: sequences · HV · tiles
  row_tiles: u32,
  column_tiles: u32,
  longest: u32, // tokens that a chunk may have
  HV: u32,
  V: u32,
  left_group: u32, // value heads that share a head of left
  right_group: u32, // … of right
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> spans: array<vec4u>; // [sequences]: index, first token, tokens, first chunk

var<workgroup> left_tile: array<vec4<f16>, PLACES * LEFT_PITCH>;
var<workgroup> right_tile: array<vec4<f16>, PLACES * RIGHT_PITCH>;
var<workgroup> result_tile: array<vec4f, SUBGROUPS * 16u * RESULT_PITCH>;

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let tiles = p.row_tiles * p.column_tiles;
  let span = spans[group / tiles / p.HV];
  let head = group / tiles % p.HV;
  let first_row = group % tiles / p.column_tiles * ROWS;
  let first_column = group % p.column_tiles * COLUMNS;
  let count = (span.z + p.longest - 1u) / p.longest;

  let subgroup = thread / 32u;
  let lane = thread % 32u;
  let row = subgroup / ACROSS * 16u;
  let column = subgroup % ACROSS * 16u;
  let result = subgroup * 16u * RESULT_PITCH;
  // of the state
  let own_row = first_row + row + lane / 4u;
  let own = first_column + column + 4u * (lane % 4u);
  let columns = min(max(p.V, own) - own, 4u);
  let kept = ((span.x * p.HV + head) * K) * p.V + own;
  var S: array<vec4f, 2>;
  // unroll
  for (var j = 0u; j < 2u; j++) {
    if (own_row + 8u * j < K) { S[j] = before(state_load4(kept + (own_row + 8u * j) * p.V), 0u, columns); }
  }

  var left: array<left_FOUR, AHEAD * LEFT_SHARE>;
  var right: array<right_FOUR, AHEAD * RIGHT_SHARE>;
  var left_gates: array<vec4f, AHEAD * LEFT_SHARE>;
  var right_gates: array<vec4f, AHEAD * RIGHT_SHARE>;
  var left_ends: array<vec4f, AHEAD>;
  var right_ends: array<vec4f, AHEAD>;
  var ends: array<vec4f, AHEAD * 2>; // of the state
  for (var first = 0u; first < count + AHEAD; first += AHEAD) {
    // unroll
    for (var a = 0u; a < AHEAD; a++) {
      if (first > 0u && first + a < count + AHEAD) {
        let n = visited(first + a - AHEAD, count);
        let chunk = chunk_of(span, n, head);
        let rows = chunk.tokens * EACH;
        // unroll
        for (var j = 0u; j < LEFT_SHARE; j++) {
          let e = thread + THREADS * j;
          let r = e / LEFT_LINE;
          if (r < PLACES) {
            let x = weighted_left(left[a * LEFT_SHARE + j], left_gates[a * LEFT_SHARE + j], left_ends[a], chunk, r);
            left_tile[r * LEFT_PITCH + e % LEFT_LINE] = select(vec4<f16>(), x, r < rows);
          }
        }
        // unroll
        for (var j = 0u; j < RIGHT_SHARE; j++) {
          let e = thread + THREADS * j;
          let r = e / RIGHT_LINE;
          if (r < PLACES) {
            let x = weighted_right(right[a * RIGHT_SHARE + j], right_gates[a * RIGHT_SHARE + j], right_ends[a], chunk, r);
            right_tile[r * RIGHT_PITCH + e % RIGHT_LINE] = select(vec4<f16>(), x, r < rows);
          }
        }
        workgroupBarrier();
        var sum = Sum();
        // unroll
        for (var d = 0u; d < DEEP; d++) {
          let from_left = subgroupMatrixLoad<Left, col_major>(&left_tile, min(16u * d * LEFT_PITCH + row / 4u, LAST_LEFT), LEFT_PITCH);
          let from_right = subgroupMatrixLoad<Right, row_major>(&right_tile, min(16u * d * RIGHT_PITCH + column / 4u, LAST_RIGHT), RIGHT_PITCH);
          sum = subgroupMatrixMultiplyAccumulate(from_left, from_right, sum);
        }
        subgroupMatrixStore<row_major>(&result_tile, min(result, LAST_RESULT), sum, RESULT_PITCH);
        workgroupBarrier();
        // unroll
        for (var j = 0u; j < 2u; j++) {
          let i = own_row + 8u * j;
          if (i < K && columns > 0u) {
            states_put4((((span.w + n) * p.HV + head) * K + i) * p.V + own, columns, S[j]);
          }
          let fade = exp(sum_of4(ends[a * 2u + j], chunk.tokens));
          S[j] = S[j] * fade + result_tile[result + (lane / 4u + 8u * j) * RESULT_PITCH + lane % 4u];
        }
      }
      // chunks beyond the last are the last again, and not used
      let chunk = chunk_of(span, visited(min(first + a, count - 1u), count), head);
      // unroll
      for (var j = 0u; j < LEFT_SHARE; j++) {
        let e = thread + THREADS * j;
        let r = e / LEFT_LINE;
        let i = first_row + 4u * (e % LEFT_LINE);
        let heads = p.HV / p.left_group;
        left[a * LEFT_SHARE + j] = left_load4(((chunk.token * EACH + r) * heads + head / p.left_group) * K + i);
        if (BY_KEY) { left_gates[a * LEFT_SHARE + j] = sum_load4(chunk, tokens_of(r), i); }
      }
      // unroll
      for (var j = 0u; j < RIGHT_SHARE; j++) {
        let e = thread + THREADS * j;
        let r = e / RIGHT_LINE;
        let c = first_column + 4u * (e % RIGHT_LINE);
        let heads = p.HV / p.right_group;
        right[a * RIGHT_SHARE + j] = right_load4(((chunk.token * EACH + r) * heads + head / p.right_group) * p.V + c);
        if (BY_PAIR || BY_VALUE) { right_gates[a * RIGHT_SHARE + j] = sum_load4(chunk, tokens_of(r), c); }
      }
      // THREADS is a multiple of a line: a thread's fours are of the same channels
      if (BY_KEY) { left_ends[a] = sum_load4(chunk, chunk.tokens, first_row + 4u * (thread % LEFT_LINE)); }
      if (BY_PAIR || BY_VALUE) { right_ends[a] = sum_load4(chunk, chunk.tokens, first_column + 4u * (thread % RIGHT_LINE)); }
      // unroll
      for (var j = 0u; j < 2u; j++) {
        ends[a * 2u + j] = end_load4(chunk, min(own_row + 8u * j, K - 1u), own);
      }
    }
  }
  // unroll
  for (var j = 0u; j < 2u; j++) {
    if (own_row + 8u * j < K) { state_store4(kept + (own_row + 8u * j) * p.V, columns, S[j]); }
  }
}

// The chunk that is visited after so many.
fn visited(before: u32, count: u32) -> u32 {
  return select(before, count - 1u - before, BACKWARD);
}

fn chunk_of(span: vec4u, n: u32, head: u32) -> Chunk {
  let done = n * p.longest;
  let tokens = min(p.longest, span.z - done);
  return Chunk(span.y + done, tokens, tokens * STEPS, head);
}

// The tokens whose decay a row has seen.
fn tokens_of(r: u32) -> u32 {
  if (BACKWARD) { return seen_by(r).tokens; }
  return r / STEPS + 1u;
}

// Of the sums that stand before four channels, as it lies …
fn sum_load4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  if (BY_PAIR) { return vec4f(gate_load(chunk, tokens, 0u)); }
  return gate_sum4(chunk, tokens, channel);
}

// … or before four columns of a row of the state
fn end_load4(chunk: Chunk, i: u32, c: u32) -> vec4f {
  if (BY_KEY) { return vec4f(gate_load(chunk, chunk.tokens, i)); }
  return sum_load4(chunk, chunk.tokens, c);
}

fn sum_of4(x: vec4f, tokens: u32) -> vec4f {
  if (BY_PAIR) { return vec4f(gate_of(x.x, tokens)); }
  return x;
}

// e^{G_end − G_w}, or backward e^{G_t}
fn weight4(x: vec4f, end: vec4f, chunk: Chunk, r: u32) -> vec4f {
  let own = sum_of4(x, tokens_of(r));
  if (BACKWARD) { return exp(own); }
  return exp(sum_of4(end, chunk.tokens) - own);
}

fn weighted_left(x: left_FOUR, gate: vec4f, end: vec4f, chunk: Chunk, r: u32) -> vec4<f16> {
  if (!BY_KEY) { return x; }
  return vec4<f16>(left_of4(x) * weight4(gate, end, chunk, r));
}

fn weighted_right(x: right_FOUR, gate: vec4f, end: vec4f, chunk: Chunk, r: u32) -> vec4<f16> {
  if (!BY_PAIR && !BY_VALUE) { return x; }
  return vec4<f16>(right_of4(x) * weight4(gate, end, chunk, r));
}
