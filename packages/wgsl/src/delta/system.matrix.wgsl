// M, W and U of a chunk (inverse.wgsl, reads.wgsl, values.wgsl) in one workgroup, by matrices of subgroups.
// Blocks of BLOCK rows of L are inverted by substitution, a thread a row of the inverse; then two neighbours with the block B below become one of
// twice the size, by −D⁻¹ (B A⁻¹), where B A⁻¹ lies above D meanwhile. All of that is f32; what is multiplied, then, is f16: W and U are made PART
// channels at a time, of which the next are on their way while these are multiplied. Of M only the matrices that are not above the diagonal are.
const BLOCK = 16u; // rows: 4, 8, 16, …
const DOWN = 2u; // rows of a thread in the products of f32: at most BLOCK, a power of two
const PART = 64u; // channels: 32, 64 or 128
const SUBGROUPS = 8u;
const THREADS = 32u * SUBGROUPS;

// in fours; lines have more than they hold, so that they spread over the banks
const FOURS = N / 4u;
const PITCH = FOURS + 1u;
const LEFT_PITCH = FOURS + 2u;
const LINE = PART / 4u;
const RIGHT_PITCH = LINE + 2u;
const RESULT_PITCH = LINE + 2u;

const TILES = N / 16u;
const ACROSS = PART / 16u; // subgroups side by side
const TEAMS = SUBGROUPS / ACROSS; // … below each other, which share the rows out
const TALL = (TILES + TEAMS - 1u) / TEAMS;

const LEFT_TILE = N * LEFT_PITCH;
const RIGHT_TILE = N * RIGHT_PITCH;
const EXACT_TILE = N * max(PITCH, RESULT_PITCH);
// where a matrix begins at the latest: a bound that a compiler sees spares each load its checks
const LAST_LEFT = LEFT_TILE - 15u * LEFT_PITCH - 4u;
const LAST_RIGHT = RIGHT_TILE - 15u * RIGHT_PITCH - 4u;
const LAST_RESULT = EXACT_TILE - 15u * RESULT_PITCH - 4u;

var<workgroup> exact: array<vec4f, EXACT_TILE>; // L, then M; after that a part of W or U
var<workgroup> left_tile: array<Four, LEFT_TILE>; // M
var<workgroup> right_tile: array<Four, RIGHT_TILE>; // what it is multiplied by, a row [PART]

const SYSTEM_LOADS = (N * FOURS + THREADS - 1u) / THREADS; // of a thread
const LOADS = (N * LINE + THREADS - 1u) / THREADS; // … in a part
const SIDE = BLOCK / 4u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let range = chunks[group / p.HV];
  let chunk = Chunk(range.x, range.y, range.y * STEPS, group % p.HV);
  let reads = reads_of(chunk);

  var systems: array<SystemAhead, SYSTEM_LOADS>;
  // unroll
  for (var j = 0u; j < SYSTEM_LOADS; j++) {
    let e = thread + THREADS * j;
    systems[j] = system_ahead(chunk, group, e / FOURS, 4u * (e % FOURS));
  }
  var readers: array<ReaderAhead, LOADS>;
  // unroll
  for (var j = 0u; j < LOADS; j++) {
    let e = thread + THREADS * j;
    readers[j] = reader_ahead(chunk, e / LINE, 4u * (e % LINE));
  }
  if (thread < N) {
    weights[thread] = weights_of(chunk, thread);
    weigh_end_key(chunk, thread);
  }
  // unroll
  for (var j = 0u; j < SYSTEM_LOADS; j++) {
    let e = thread + THREADS * j;
    if (e < N * FOURS) {
      exact[e / FOURS * PITCH + e % FOURS] = system4(chunk, e / FOURS, 4u * (e % FOURS), systems[j]);
    }
  }
  workgroupBarrier();
  invert(thread);
  // unroll
  for (var j = 0u; j < SYSTEM_LOADS; j++) {
    let e = thread + THREADS * j;
    if (e < N * FOURS) {
      let t = e / FOURS;
      let s = 4u * (e % FOURS);
      let x = select(vec4f(), exact[t * PITCH + s / 4u], s + vec4u(0u, 1u, 2u, 3u) <= vec4u(t));
      left_tile[t * LEFT_PITCH + s / 4u] = Four(x);
      keep_inverse4((group * N + t) * N + s, x);
    }
  }

  var values: array<v_FOUR, LOADS>;
  for (var first = 0u; first < WIDTH; first += PART) {
    // unroll
    for (var j = 0u; j < LOADS; j++) {
      let e = thread + THREADS * j;
      if (e < N * LINE) {
        put_right(e, reader4(chunk, e / LINE, first + 4u * (e % LINE), readers[j]));
        keep_end_key4(chunk, group, e / LINE, first + 4u * (e % LINE), readers[j]);
      }
    }
    if (first + PART < WIDTH) {
      // unroll
      for (var j = 0u; j < LOADS; j++) {
        let e = thread + THREADS * j;
        readers[j] = reader_ahead(chunk, e / LINE, first + PART + 4u * (e % LINE));
      }
    } else {
      // unroll
      for (var j = 0u; j < LOADS; j++) {
        let e = thread + THREADS * j;
        values[j] = value_ahead(chunk, e / LINE, 4u * (e % LINE));
      }
    }
    workgroupBarrier();
    multiply(thread / 32u, WIDTH - first);
    workgroupBarrier();
    // unroll
    for (var j = 0u; j < LOADS; j++) {
      let e = thread + THREADS * j;
      let i = first + 4u * (e % LINE);
      if (e < N * LINE && i < WIDTH) {
        state_reads_put4((group * N + e / LINE) * WIDTH + i, 4u, exact[e / LINE * RESULT_PITCH + e % LINE]);
      }
    }
  }
  for (var first = 0u; first < p.V; first += PART) {
    // unroll
    for (var j = 0u; j < LOADS; j++) {
      let e = thread + THREADS * j;
      if (e < N * LINE) {
        put_right(e, value4(chunk, e / LINE, first + 4u * (e % LINE), values[j]));
      }
    }
    if (first + PART < p.V) {
      // unroll
      for (var j = 0u; j < LOADS; j++) {
        let e = thread + THREADS * j;
        values[j] = value_ahead(chunk, e / LINE, first + PART + 4u * (e % LINE));
      }
    }
    workgroupBarrier();
    multiply(thread / 32u, p.V - first);
    workgroupBarrier();
    // unroll
    for (var j = 0u; j < LOADS; j++) {
      let e = thread + THREADS * j;
      let c = first + 4u * (e % LINE);
      if (e < reads * LINE && c < p.V) {
        put_value(chunk, e / LINE, c, exact[e / LINE * RESULT_PITCH + e % LINE]);
      }
    }
  }
  if (is_any_beyond(thread)) {
    storageBarrier();
    solve_exactly(chunk, group, thread);
  }
}

fn put_right(e: u32, x: vec4f) {
  right_tile[e / LINE * RIGHT_PITCH + e % LINE] = operand(x, true);
}

// What is below the diagonal of L to what M has there; above it remains what was made on the way.
fn invert(thread: u32) {
  let top = thread / BLOCK * BLOCK; // of a block
  var y: array<vec4f, SIDE>; // a row of its inverse
  if (thread < N) {
    // unroll
    for (var f = 0u; f < SIDE; f++) {
      y[f] = select(vec4f(), vec4f(1.0), top + 4u * f + vec4u(0u, 1u, 2u, 3u) == vec4u(thread));
    }
    // unroll
    for (var i = 1u; i < BLOCK; i++) {
      let y_s = y[(BLOCK - i) / 4u][(BLOCK - i) % 4u];
      // unroll
      for (var f = 0u; f < (BLOCK - i + 3u) / 4u; f++) {
        y[f] -= y_s * exact[(top + BLOCK - i) * PITCH + top / 4u + f];
      }
    }
  }
  workgroupBarrier();
  if (thread < N) {
    // unroll
    for (var f = 0u; f < SIDE; f++) {
      exact[thread * PITCH + top / 4u + f] = y[f];
    }
  }
  workgroupBarrier();
  for (var size = BLOCK; size < N; size *= 2u) {
    // the thread has rows of D, which is below A
    let fours = size / 4u;
    let busy = thread < N / 2u * fours / DOWN;
    let row = thread / fours * DOWN % size;
    let first = thread / fours * DOWN / size * 2u * size;
    let four = thread % fours;
    let above = first * PITCH + (first + size) / 4u; // where B A⁻¹ goes
    let below = (first + size + row) * PITCH + first / 4u;
    if (busy) {
      multiply_exactly(below, first * PITCH + first / 4u + four, 4u * four, size, above + row * PITCH + four, 1.0);
    }
    workgroupBarrier();
    if (busy) {
      multiply_exactly(below + fours, above + four, 0u, row + DOWN, below + four, -1.0);
    }
    workgroupBarrier();
  }
}

// DOWN rows of four columns of a product, from places in `exact`, over k from a multiple of four on
fn multiply_exactly(left: u32, right: u32, from_k: u32, to_k: u32, result: u32, factor: f32) {
  var sums: array<vec4f, DOWN>;
  for (var k = from_k; k < to_k; k += 4u) {
    let at = right + k * PITCH;
    let a = exact[at];
    let b = exact[at + PITCH];
    let c = exact[at + 2u * PITCH];
    let d = exact[at + 3u * PITCH];
    // unroll
    for (var r = 0u; r < DOWN; r++) {
      let x = exact[left + r * PITCH + k / 4u];
      sums[r] += x.x * a;
      sums[r] += x.y * b;
      sums[r] += x.z * c;
      sums[r] += x.w * d;
    }
  }
  // unroll
  for (var r = 0u; r < DOWN; r++) {
    exact[result + r * PITCH] = factor * sums[r];
  }
}

// 16 rows of every team in turn, forth and back, as those further below take longer
fn tile_of(i: u32, team: u32) -> u32 {
  return i * TEAMS + select(team, TEAMS - 1u - team, i % 2u == 1u);
}

fn multiply(subgroup: u32, columns: u32) {
  let column = subgroup % ACROSS * 16u;
  let team = subgroup / ACROSS;
  if (column < columns && team < TILES) {
    var sums: array<Sum, TALL>; // [16 rows]
    // unroll
    for (var k = 0u; k < TILES; k++) {
      if (k <= tile_of(TALL - 1u, team)) {
        let right = subgroupMatrixLoad<Right, row_major>(&right_tile, min(16u * k * RIGHT_PITCH + column / 4u, LAST_RIGHT), RIGHT_PITCH);
        // unroll
        for (var i = 0u; i < TALL; i++) {
          if (k <= tile_of(i, team)) {
            let left = subgroupMatrixLoad<Left, row_major>(&left_tile, min(16u * tile_of(i, team) * LEFT_PITCH + 4u * k, LAST_LEFT), LEFT_PITCH);
            sums[i] = subgroupMatrixMultiplyAccumulate(left, right, sums[i]);
          }
        }
      }
    }
    // unroll
    for (var i = 0u; i < TALL; i++) {
      subgroupMatrixStore<row_major>(&exact, min(16u * tile_of(i, team) * RESULT_PITCH + column / 4u, LAST_RESULT), sums[i], RESULT_PITCH);
    }
  }
}
