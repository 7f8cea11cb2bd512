// o = a · b + bias for few rows of a, where reading b is the work.
// A workgroup makes ROWS × UNITS of o, a unit being one column where neighbours along K are neighbours in b, else four columns. LANES threads
// share a unit and split K; each reads four numbers of b at a time and has AHEAD of those reads under way.
alias O = f32; // storage of o

const ROWS = 1u; // rows of a a workgroup
const LEFT_ALONG_INNER = true; // whether neighbours along K are neighbours in a
const RIGHT_ALONG_INNER = true; // and in b
const LANES = 32u;
const UNITS = 4u;
const AHEAD = 4u;
const THREADS = LANES * UNITS;
const COLUMNS = select(4u, 1u, RIGHT_ALONG_INNER); // of a unit
const PITCH = LANES + 1u; // units spread over the banks

struct Params { M: u32, N: u32, K: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> o: array<O>; // [M, N]

var<workgroup> parts: array<vec4f, ROWS * UNITS * PITCH>; // [row, unit, lane]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let across = (p.N + COLUMNS * UNITS - 1u) / (COLUMNS * UNITS);
  let tile = flat(wid, nwg);
  if (tile >= across * ((p.M + ROWS - 1u) / ROWS)) { return; }
  let first_row = tile / across * ROWS;
  let first_unit = tile % across * UNITS;
  let unit = select(thread % UNITS, thread / LANES, RIGHT_ALONG_INNER);
  let lane = select(thread / UNITS, thread % LANES, RIGHT_ALONG_INNER);
  let n = (first_unit + unit) * COLUMNS;
  let count = select(p.K, (p.K + 3u) / 4u, RIGHT_ALONG_INNER);

  var sums: array<vec4f, ROWS>;
  if (n < p.N) {
    for (var start = lane; start < count; start += LANES * AHEAD) {
      var fours: array<vec4f, AHEAD>;
      // unroll
      for (var i = 0u; i < AHEAD; i++) {
        if (start + i * LANES < count) {
          fours[i] = right_four(start + i * LANES, n);
        }
      }
      // unroll
      for (var i = 0u; i < AHEAD; i++) {
        if (start + i * LANES < count) {
          // unroll
          for (var r = 0u; r < ROWS; r++) {
            // rows beyond the last repeat it and are not stored
            sums[r] += left_four(min(first_row + r, p.M - 1u), start + i * LANES) * fours[i];
          }
        }
      }
    }
  }
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    parts[(r * UNITS + unit) * PITCH + lane] = sums[r];
  }
  workgroupBarrier();
  let m = first_row + thread / UNITS;
  let column = (first_unit + thread % UNITS) * COLUMNS;
  if (thread < ROWS * UNITS && m < p.M) {
    var whole = vec4f();
    for (var i = 0u; i < LANES; i++) {
      whole += parts[thread * PITCH + i];
    }
    if (RIGHT_ALONG_INNER) {
      whole.x = whole.x + whole.y + whole.z + whole.w;
    }
    for (var j = 0u; j < min(COLUMNS, p.N - min(column, p.N)); j++) {
      o[m * p.N + column + j] = O(whole[j] + bias_at(column + j));
    }
  }
}

// Four of b: along K from 4 i on in column n, or in row i from column n on.
fn right_four(i: u32, n: u32) -> vec4f {
  if (RIGHT_ALONG_INNER) { return before(b4(n * p.K + 4u * i), 4u * i, p.K); }
  return b4(i * p.N + n);
}

// What of row m of a meets those.
fn left_four(m: u32, i: u32) -> vec4f {
  if (!RIGHT_ALONG_INNER) { return vec4f(left(m, i)); }
  if (LEFT_ALONG_INNER) { return before(a4(m * p.K + 4u * i), 4u * i, p.K); }
  return before(vec4f(left(m, 4u * i), left(m, 4u * i + 1u), left(m, 4u * i + 2u), left(m, 4u * i + 3u)), 4u * i, p.K);
}

fn left(m: u32, k: u32) -> f32 {
  return a1(select(k * p.M + m, m * p.K + k, LEFT_ALONG_INNER));
}
