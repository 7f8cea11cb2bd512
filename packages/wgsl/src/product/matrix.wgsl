// Products of f16 operands by subgroup matrices, added up in f32. A workgroup makes a tile of ROW_TILE × COLUMN_TILE, each subgroup
// SUB_ROWS × SUB_COLUMNS of it. Operands are staged in the direction in which they are loaded, in lines along the inner axis or across it, and
// the matrix loads turn them; a line is 16 bytes longer than what it holds, so that lines spread over the banks. A tile with an operand beyond f16 is
// computed once more, in f32, by its threads.
// A matrix gives its elements to memory only, so a subgroup stores 16 × RESULT_COLUMNS of its block at a time, where operands were, and its threads
// pass them to emit4.
const SUB_ROWS = 32u;
const SUB_COLUMNS = 32u;
const RESULT_COLUMNS = 32u;
const ACROSS = COLUMN_TILE / SUB_COLUMNS; // subgroups side by side
const SUBGROUPS = ROW_TILE / SUB_ROWS * ACROSS;
const THREADS = 32u * SUBGROUPS;
const TALL = SUB_ROWS / 16u;
const WIDE = SUB_COLUMNS / 16u;

const RESULT_FOURS = RESULT_COLUMNS / 4u;
const RESULT_PITCH = 2u * RESULT_FOURS + 2u;
const ROUND = RESULT_COLUMNS / 16u; // matrices side by side in a round
const ROUNDS = SUB_COLUMNS / RESULT_COLUMNS;

const LEFT_LOADS = ROW_TILE * STEP / 4u / THREADS; // of a thread in a step
const RIGHT_LOADS = COLUMN_TILE * STEP / 4u / THREADS;

// in fours, each eight bytes
const LEFT_LINE = select(ROW_TILE, STEP, LEFT_ALONG_INNER) / 4u;
const RIGHT_LINE = select(COLUMN_TILE, STEP, RIGHT_ALONG_INNER) / 4u;
const LEFT_PITCH = LEFT_LINE + 2u;
const RIGHT_PITCH = RIGHT_LINE + 2u;

const LEFT_TILE = select(STEP, ROW_TILE, LEFT_ALONG_INNER) * LEFT_PITCH;
const RIGHT_TILE = select(STEP, COLUMN_TILE, RIGHT_ALONG_INNER) * RIGHT_PITCH;
// where a matrix begins at the latest: a bound that a compiler sees spares each load its checks
const LAST_LEFT = LEFT_TILE - 15u * LEFT_PITCH - 4u;
const LAST_RIGHT = LEFT_TILE + RIGHT_TILE - 15u * RIGHT_PITCH - 4u;
const RESULTS = SUBGROUPS * 16u * RESULT_PITCH; // [subgroup, row, two columns]

// operands of left, then of right; or results
var<workgroup> tile: array<Four, max(LEFT_TILE + RIGHT_TILE, RESULTS)>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let tiles = p.row_tiles * p.column_tiles;
  let first_row = group % tiles / p.column_tiles * ROW_TILE;
  let first_column = group % p.column_tiles * COLUMN_TILE;
  let size = product_at(group / tiles, first_row, first_column);
  if (first_row >= size.rows || first_column >= size.columns) { return; }

  let subgroup = thread / 32u;
  let lane = thread % 32u;
  let sub_row = subgroup / ACROSS * SUB_ROWS;
  let sub_column = subgroup % ACROSS * SUB_COLUMNS;
  let steps = steps_of(size);
  var sums: array<Sum, TALL * WIDE>; // [16 rows, 16 columns]
  // unroll
  for (var term = 0u; term < TERMS; term++) {
    for (var step = 0u; step <= steps[term]; step++) {
      // what comes next is on its way while what is here is multiplied
      var lefts_ahead: array<LeftAhead, LEFT_LOADS>;
      var rights_ahead: array<RightAhead, RIGHT_LOADS>;
      if (step < steps[term]) {
        // unroll
        for (var i = 0u; i < LEFT_LOADS; i++) {
          let at = left_element(thread + i * THREADS, first_row, step * STEP);
          lefts_ahead[i] = left_ahead(term, at.x, at.y);
        }
        // unroll
        for (var i = 0u; i < RIGHT_LOADS; i++) {
          let at = right_element(thread + i * THREADS, first_column, step * STEP);
          rights_ahead[i] = right_ahead(term, at.y, at.x);
        }
      }
      if (step > 0u) {
        for (var k = 0u; k < 16u * turns(STEP / 16u); k += 16u) {
          var lefts: array<Left, TALL>;
          // unroll
          for (var i = 0u; i < TALL; i++) {
            let m = sub_row + 16u * i;
            if (LEFT_ALONG_INNER) {
              lefts[i] = subgroupMatrixLoad<Left, row_major>(&tile, min(m * LEFT_PITCH + k / 4u, LAST_LEFT), LEFT_PITCH);
            } else {
              lefts[i] = subgroupMatrixLoad<Left, col_major>(&tile, min(k * LEFT_PITCH + m / 4u, LAST_LEFT), LEFT_PITCH);
            }
          }
          // unroll
          for (var j = 0u; j < WIDE; j++) {
            let n = sub_column + 16u * j;
            var right: Right;
            if (RIGHT_ALONG_INNER) {
              right = subgroupMatrixLoad<Right, col_major>(&tile, min(LEFT_TILE + n * RIGHT_PITCH + k / 4u, LAST_RIGHT), RIGHT_PITCH);
            } else {
              right = subgroupMatrixLoad<Right, row_major>(&tile, min(LEFT_TILE + k * RIGHT_PITCH + n / 4u, LAST_RIGHT), RIGHT_PITCH);
            }
            // unroll
            for (var i = 0u; i < TALL; i++) {
              sums[i * WIDE + j] = subgroupMatrixMultiplyAccumulate(lefts[i], right, sums[i * WIDE + j]);
            }
          }
        }
      }
      workgroupBarrier();
      let inner = size.inner[term];
      if ((step + 1u) * STEP <= inner) {
        // unroll
        for (var i = 0u; i < LEFT_LOADS; i++) {
          let at = left_element(thread + i * THREADS, first_row, step * STEP);
          tile[left_place(thread + i * THREADS)] = left_four(term, at, lefts_ahead[i], vec4<bool>(true), size.rows);
        }
        // unroll
        for (var i = 0u; i < RIGHT_LOADS; i++) {
          let at = right_element(thread + i * THREADS, first_column, step * STEP);
          tile[right_place(thread + i * THREADS)] = right_four(term, at, rights_ahead[i], vec4<bool>(true), size.columns);
        }
      } else if (step < steps[term]) {
        // unroll
        for (var i = 0u; i < LEFT_LOADS; i++) {
          let at = left_element(thread + i * THREADS, first_row, step * STEP);
          let inside = is_inside(at.y, LEFT_ALONG_INNER, inner);
          tile[left_place(thread + i * THREADS)] = left_four(term, at, lefts_ahead[i], inside, size.rows);
        }
        // unroll
        for (var i = 0u; i < RIGHT_LOADS; i++) {
          let at = right_element(thread + i * THREADS, first_column, step * STEP);
          let inside = is_inside(at.y, RIGHT_ALONG_INNER, inner);
          tile[right_place(thread + i * THREADS)] = right_four(term, at, rights_ahead[i], inside, size.columns);
        }
      }
      workgroupBarrier();
    }
  }

  if (!(LEFT_FITS && RIGHT_FITS)) {
    if (met_beyond(thread)) {
      for (var e = thread; e < ROW_TILE * COLUMN_TILE / 4u; e += THREADS) {
        let m = first_row + e / (COLUMN_TILE / 4u);
        let n = first_column + 4u * (e % (COLUMN_TILE / 4u));
        if (m < size.rows && n < size.columns) { emit4(m, n, exactly(m, n, size)); }
      }
      return;
    }
  }

  let result = subgroup * 16u * RESULT_PITCH;
  // or emit4 would be written out for every round
  let rounds = opaque(TALL * ROUNDS);
  for (var round = 0u; round < rounds; round++) {
    // unroll
    for (var i = 0u; i < TALL; i++) {
      // unroll
      for (var j = 0u; j < WIDE; j++) {
        if (round == i * ROUNDS + j / ROUND) {
          subgroupMatrixStore<row_major>(&tile, result + 8u * (j % ROUND), sums[i * WIDE + j], RESULT_PITCH);
        }
      }
    }
    workgroupBarrier();
    emit_round(round, first_row + sub_row, first_column + sub_column, result, lane, size);
    workgroupBarrier();
  }
}

// Row and column are the first of the subgroup's block, result is where it stored.
fn emit_round(round: u32, row: u32, column: u32, result: u32, lane: u32, size: Product) {
  for (var e = lane; e < 16u * RESULT_FOURS; e += 32u) {
    let m = row + round / ROUNDS * 16u + e / RESULT_FOURS;
    let n = column + round % ROUNDS * RESULT_COLUMNS + 4u * (e % RESULT_FOURS);
    if (m < size.rows && n < size.columns) {
      let at = result + e / RESULT_FOURS * RESULT_PITCH + 2u * (e % RESULT_FOURS);
      emit4(m, n, results_of(tile[at], tile[at + 1u]));
    }
  }
}

fn left_place(e: u32) -> u32 {
  return e / LEFT_LINE * LEFT_PITCH + e % LEFT_LINE;
}

fn right_place(e: u32) -> u32 {
  return LEFT_TILE + e / RIGHT_LINE * RIGHT_PITCH + e % RIGHT_LINE;
}

// Row, inner.
fn left_element(e: u32, first_row: u32, base: u32) -> vec2u {
  let place = vec2u(e / LEFT_LINE, 4u * (e % LEFT_LINE));
  return vec2u(first_row, base) + select(place.yx, place, LEFT_ALONG_INNER);
}

// Column, inner.
fn right_element(e: u32, first_column: u32, base: u32) -> vec2u {
  let place = vec2u(e / RIGHT_LINE, 4u * (e % RIGHT_LINE));
  return vec2u(first_column, base) + select(place.yx, place, RIGHT_ALONG_INNER);
}

// Four sums in f32.
fn exactly(m: u32, n: u32, size: Product) -> vec4f {
  var sums = vec4f();
  for (var term = 0u; term < TERMS; term++) {
    for (var k = 0u; k < size.inner[term]; k += 4u) {
      let lefts = left_fours(term, m, k, size);
      let rights = right_fours(term, k, n, size);
      sums += rights * lefts;
    }
  }
  return sums;
}

// Row m at k..k+3.
fn left_fours(term: u32, m: u32, k: u32, size: Product) -> vec4f {
  if (LEFT_ALONG_INNER) { return left_at(term, m, k, size); }
  let first = m / 4u * 4u;
  let i = m % 4u;
  return vec4f(
    left_at(term, first, k, size)[i],
    left_at(term, first, k + 1u, size)[i],
    left_at(term, first, k + 2u, size)[i],
    left_at(term, first, k + 3u, size)[i],
  );
}

// A column of the result is k + i, a row n + i.
fn right_fours(term: u32, k: u32, n: u32, size: Product) -> mat4x4f {
  if (RIGHT_ALONG_INNER) {
    return transpose(mat4x4f(
      right_at(term, k, n, size),
      right_at(term, k, n + 1u, size),
      right_at(term, k, n + 2u, size),
      right_at(term, k, n + 3u, size),
    ));
  }
  return mat4x4f(
    right_at(term, k, n, size),
    right_at(term, k + 1u, n, size),
    right_at(term, k + 2u, n, size),
    right_at(term, k + 3u, n, size),
  );
}
