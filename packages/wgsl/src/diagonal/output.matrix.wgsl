// What pairs.wgsl and output.wgsl do one after the other, by matrices of subgroups, where a gate stands before pairs or there is none: pairs
// stay in workgroup memory. One workgroup a chunk, value head and COLUMNS value columns.
// Channels come PART at a time: ⟨q, k⟩ is added to the pairs of all reads and writes, and, once q has faded to its token, q S to the outputs;
// then, PART at a time, come the values of writes. What comes next is loaded while what is here is multiplied.
// With an operand beyond f16 all is computed once more (output.exactly.wgsl).
const ROWS = 64u; // reads, and
const WRITES = 64u; // writes that a chunk may have, in sixteens
const COLUMNS = 128u;
const PART = 32u; // a multiple of 16
const SUBGROUPS = 8u;
const THREADS = 32u * SUBGROUPS;
const PARTS = (K + PART - 1u) / PART;
const VALUE_PARTS = (WRITES + PART - 1u) / PART;

// in fours, lines of tiles; 16 bytes more, so that they spread over the banks
const LINE = PART / 4u;
const PITCH = LINE + 2u;
const PAIR_LINE = WRITES / 4u;
const PAIR_PITCH = PAIR_LINE + 2u;
const WIDE_LINE = COLUMNS / 4u;
const WIDE_PITCH = WIDE_LINE + 2u;
const RESULT_PITCH = 8u; // of 16 numbers, two by two

// of a thread, in fours
const READ_SHARE = (ROWS * LINE + THREADS - 1u) / THREADS;
const KEY_SHARE = (WRITES * LINE + THREADS - 1u) / THREADS;
const WIDE_SHARE = (PART * WIDE_LINE + THREADS - 1u) / THREADS;

// a subgroup has PAIR_SHARE matrices of pairs side by side, and TALL of outputs one below the other
const PAIRS = ROWS / 16u * (WRITES / 16u);
const PAIR_SHARE = (PAIRS + SUBGROUPS - 1u) / SUBGROUPS;
const TALL = ROWS * COLUMNS / 256u / SUBGROUPS;
const ACROSS = COLUMNS / 16u;

const KEYS = ROWS * PITCH; // behind reads
const NARROW = max(KEYS + WRITES * PITCH, ROWS * PAIR_PITCH);
const RESULTS = SUBGROUPS * 16u * RESULT_PITCH;

// where a matrix begins at the latest: a bound that a compiler sees spares each load its checks
const LAST_NARROW = NARROW - 15u * PITCH - 4u;
const LAST_PAIR = NARROW - 15u * PAIR_PITCH - 4u;
const LAST_WIDE = (PART - 15u) * WIDE_PITCH - 4u;
const LAST_RESULT = RESULTS - 16u * RESULT_PITCH;

var<workgroup> narrow_tile: array<Four, NARROW>; // reads and keys, then pairs
// states, then values; or results, two in the place of four
var<workgroup> wide_tile: array<Four, max(PART * WIDE_PITCH, RESULTS)>;
var<workgroup> sums: array<f32, ROWS + 16u>; // G, of so many tokens

var<private> queries_at: Rows;
var<private> keys_at: Rows;
var<private> values_at: Rows;
var<private> states_at: Rows;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let chunk = enter(group / p.column_tiles);
  let first_column = group % p.column_tiles * COLUMNS;
  queries_at = rows_from(chunk.token, p.left_group, K);
  keys_at = rows_from(chunk.token * STEPS, p.right_group, K);
  values_at = rows_from(chunk.token * STEPS, 1u, p.V);
  states_at = Rows(chunk_and_head * K * p.V, p.V);

  let subgroup = thread / 32u;
  let lane = thread % 32u;
  let pair_row = subgroup * PAIR_SHARE / (WRITES / 16u) * 16u;
  let pair_column = subgroup * PAIR_SHARE % (WRITES / 16u) * 16u;
  let has_pairs = PAIRS % SUBGROUPS == 0u || pair_row < ROWS;
  let row = subgroup / ACROSS * TALL * 16u;
  let column = subgroup % ACROSS * 16u;

  var query: array<queries_FOUR, READ_SHARE>;
  var key: array<keys_FOUR, KEY_SHARE>;
  var state: array<states_FOUR, WIDE_SHARE>;
  var value: array<values_FOUR, WIDE_SHARE>;
  var pairs: array<Sum, PAIR_SHARE>;
  var outputs: array<Sum, TALL>;
  if (BY_PAIR) {
    for (var e = thread; e < ROWS + 16u; e += THREADS) {
      sums[e] = gate_sum(chunk, min(e, chunk.tokens), 0u);
    }
    workgroupBarrier();
  }

  // unroll
  for (var turn = 0u; turn < PARTS + 1u; turn++) {
    if (turn > 0u) {
      let base = turn * PART - PART;
      // unroll
      for (var j = 0u; j < READ_SHARE; j++) {
        let e = thread + THREADS * j;
        if (ROWS * LINE % THREADS == 0u || e < ROWS * LINE) {
          let t = e / LINE;
          let d = base + 4u * (e % LINE);
          narrow_tile[t * PITCH + e % LINE] = channels(queries_operand(query[j], (t < chunk.tokens) & (d < K)), d);
        }
      }
      // unroll
      for (var j = 0u; j < KEY_SHARE; j++) {
        let e = thread + THREADS * j;
        if (WRITES * LINE % THREADS == 0u || e < WRITES * LINE) {
          let w = e / LINE;
          let d = base + 4u * (e % LINE);
          narrow_tile[KEYS + w * PITCH + e % LINE] = channels(keys_operand(key[j], (w < chunk.writes) & (d < K)), d);
        }
      }
      // unroll
      for (var j = 0u; j < WIDE_SHARE; j++) {
        let e = thread + THREADS * j;
        if (PART * WIDE_LINE % THREADS == 0u || e < PART * WIDE_LINE) {
          let i = base + e / WIDE_LINE;
          let c = first_column + 4u * (e % WIDE_LINE);
          let x = states_operand(state[j], (i < K) & (c < p.V));
          wide_tile[e / WIDE_LINE * WIDE_PITCH + e % WIDE_LINE] = select(Four(), x, (K % PART == 0u) | (i < K));
        }
      }
      workgroupBarrier();
    }
    if (turn < PARTS) {
      // unroll
      for (var j = 0u; j < READ_SHARE; j++) {
        let e = thread + THREADS * j;
        query[j] = queries_load4(queries_at.first + e / LINE * queries_at.pitch + turn * PART + 4u * (e % LINE));
      }
      // unroll
      for (var j = 0u; j < KEY_SHARE; j++) {
        let e = thread + THREADS * j;
        key[j] = keys_load4(keys_at.first + e / LINE * keys_at.pitch + turn * PART + 4u * (e % LINE));
      }
      // unroll
      for (var j = 0u; j < WIDE_SHARE; j++) {
        let e = thread + THREADS * j;
        let i = turn * PART + e / WIDE_LINE;
        state[j] = states_load4(states_at.first + i * states_at.pitch + first_column + 4u * (e % WIDE_LINE));
      }
    } else {
      // unroll
      for (var j = 0u; j < WIDE_SHARE; j++) {
        value[j] = values_load4(value_index(thread + THREADS * j, first_column));
      }
    }
    if (turn > 0u) {
      if (has_pairs) {
        // unroll
        for (var k = 0u; k < PART / 16u; k++) {
          let left = subgroupMatrixLoad<Left, row_major>(&narrow_tile, min(pair_row * PITCH + 4u * k, LAST_NARROW), PITCH);
          // unroll
          for (var i = 0u; i < PAIR_SHARE; i++) {
            let right = subgroupMatrixLoad<Right, col_major>(&narrow_tile, min(KEYS + (pair_column + 16u * i) * PITCH + 4u * k, LAST_NARROW), PITCH);
            pairs[i] = subgroupMatrixMultiplyAccumulate(left, right, pairs[i]);
          }
        }
      }
      if (BY_PAIR) {
        workgroupBarrier();
        // unroll
        for (var j = 0u; j < READ_SHARE; j++) {
          let e = thread + THREADS * j;
          if (ROWS * LINE % THREADS == 0u || e < ROWS * LINE) {
            let at = e / LINE * PITCH + e % LINE;
            narrow_tile[at] = Four(vec4f(narrow_tile[at]) * exp(sums[seen_by(e / LINE).tokens]));
          }
        }
        workgroupBarrier();
      }
      // unroll
      for (var k = 0u; k < PART / 16u; k++) {
        let right = subgroupMatrixLoad<Right, row_major>(&wide_tile, min(16u * k * WIDE_PITCH + column / 4u, LAST_WIDE), WIDE_PITCH);
        // unroll
        for (var i = 0u; i < TALL; i++) {
          let left = subgroupMatrixLoad<Left, row_major>(&narrow_tile, min((row + 16u * i) * PITCH + 4u * k, LAST_NARROW), PITCH);
          outputs[i] = subgroupMatrixMultiplyAccumulate(left, right, outputs[i]);
        }
      }
      workgroupBarrier();
    }
  }

  let result = min(subgroup * 16u * RESULT_PITCH, LAST_RESULT);
  // unroll
  for (var i = 0u; i < PAIR_SHARE; i++) {
    subgroupMatrixStore<row_major>(&wide_tile, result, pairs[i], RESULT_PITCH);
    workgroupBarrier();
    if (has_pairs) {
      // unroll
      for (var j = 0u; j < 2u; j++) {
        let at = lane / 4u + 8u * j;
        let t = pair_row + at;
        let w = pair_column + 16u * i + 4u * (lane % 4u);
        let x = weighted(t, w, result_four(result + at * RESULT_PITCH + 2u * (lane % 4u)));
        narrow_tile[t * PAIR_PITCH + w / 4u] = operand(x, t < chunk.tokens);
      }
    }
    workgroupBarrier();
  }

  // unroll
  for (var part = 0u; part < VALUE_PARTS; part++) {
    // unroll
    for (var j = 0u; j < WIDE_SHARE; j++) {
      let e = thread + THREADS * j;
      if (PART * WIDE_LINE % THREADS == 0u || e < PART * WIDE_LINE) {
        let w = part * PART + e / WIDE_LINE;
        let c = first_column + 4u * (e % WIDE_LINE);
        let x = values_operand(value[j], (w < chunk.writes) & (c < p.V));
        wide_tile[e / WIDE_LINE * WIDE_PITCH + e % WIDE_LINE] = select(Four(), x, w < chunk.writes);
        if (part + 1u < VALUE_PARTS) {
          value[j] = values_load4(value_index(e + (part + 1u) * PART * WIDE_LINE, first_column));
        }
      }
    }
    workgroupBarrier();
    // unroll
    for (var k = 0u; k < PART / 16u; k++) {
      if (part * PART + 16u * k < WRITES) {
        let right = subgroupMatrixLoad<Right, row_major>(&wide_tile, min(16u * k * WIDE_PITCH + column / 4u, LAST_WIDE), WIDE_PITCH);
        // unroll
        for (var i = 0u; i < TALL; i++) {
          // none of these reads sees a later write
          if (part * PART + 16u * k < (ROWS - 16u * (TALL - 1u - i)) * STEPS) {
            let left = subgroupMatrixLoad<Left, row_major>(&narrow_tile, min((row + 16u * i) * PAIR_PITCH + part * LINE + 4u * k, LAST_PAIR), PAIR_PITCH);
            outputs[i] = subgroupMatrixMultiplyAccumulate(left, right, outputs[i]);
          }
        }
      }
    }
    workgroupBarrier();
  }

  if (met_beyond(thread)) {
    exactly(chunk, first_column, thread);
    return;
  }
  // unroll
  for (var i = 0u; i < TALL; i++) {
    subgroupMatrixStore<row_major>(&wide_tile, result, outputs[i], RESULT_PITCH);
    workgroupBarrier();
    // unroll
    for (var j = 0u; j < 2u; j++) {
      let at = lane / 4u + 8u * j;
      let t = row + 16u * i + at;
      emit(chunk, t, first_column + column + 4u * (lane % 4u), result_four(result + at * RESULT_PITCH + 2u * (lane % 4u)));
    }
    workgroupBarrier();
  }
}

fn result_four(at: u32) -> vec4f {
  return results_of(wide_tile[at], wide_tile[at + 1u]);
}

// Zeros beyond K.
fn channels(x: Four, d: u32) -> Four {
  return select(Four(), x, vec4<bool>(K % PART == 0u) | (d + vec4u(0u, 1u, 2u, 3u) < vec4u(K)));
}

fn value_index(e: u32, first_column: u32) -> u32 {
  return values_at.first + e / WIDE_LINE * values_at.pitch + first_column + 4u * (e % WIDE_LINE);
}

// What read t takes of writes w to w + 3, of their products.
fn weighted(t: u32, w: u32, x: vec4f) -> vec4f {
  let seen = seen_by(t);
  let writes = w + vec4u(0u, 1u, 2u, 3u);
  var weighted = x;
  if (BY_PAIR) {
    let tokens = min(writes / STEPS + 1u, vec4u(ROWS));
    weighted *= exp(sums[min(seen.tokens, ROWS)] - vec4f(sums[tokens.x], sums[tokens.y], sums[tokens.z], sums[tokens.w]));
  }
  return select(vec4f(), weighted, writes < vec4u(seen.writes));
}

fn emit(chunk: Chunk, t: u32, c: u32, x: vec4f) {
  if (t < chunk.tokens && c < p.V) {
    let at = ((chunk.token + t) * p.HV + chunk.head) * p.V + c;
    o_put4(at, p.V - c, p.scale * (x + extra4(at)));
  }
}
