// Products in f32. A workgroup makes a tile of ROW_TILE × COLUMN_TILE; a thread keeps TALL × WIDE blocks of 4 × 4 in registers, and its
// blocks are ROW_THREADS and COLUMN_THREADS apart, so that neighbours read neighbours. Both operands pass through workgroup memory, STEP of
// the inner axis at a time and turned so that four rows, or four columns, are one vector. The next step is on its way while one is
// multiplied. A sum goes along the inner axis from its start whatever the tile is: a row has the same bits in any batch.

const ROW_THREADS = 8u;
const COLUMN_THREADS = 8u;
const THREADS = ROW_THREADS * COLUMN_THREADS;
const TALL = ROW_TILE / 4u / ROW_THREADS;
const WIDE = COLUMN_TILE / 4u / COLUMN_THREADS;

const ROW_FOURS = ROW_TILE / 4u;
const COLUMN_FOURS = COLUMN_TILE / 4u;
// 4 × 4 elements of an operand, which one thread loads and turns
const LEFT_BLOCKS = ROW_FOURS * STEP / 4u;
const BLOCKS = LEFT_BLOCKS + COLUMN_FOURS * STEP / 4u;
const SHARE = (BLOCKS + THREADS - 1u) / THREADS;

var<workgroup> left_tile: array<vec4f, STEP * ROW_FOURS>; // [k, four rows]
var<workgroup> right_tile: array<vec4f, STEP * COLUMN_FOURS>; // [k, four columns]

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

  let row = thread / COLUMN_THREADS;
  let column = thread % COLUMN_THREADS;
  let steps = steps_of(size);
  var sums: array<vec4f, 4u * TALL * WIDE>; // [four rows, row, four columns]
  var loaded: array<mat4x4f, SHARE>;
  for (var step = 0u; step <= steps.x + steps.y; step++) {
    let more = step < steps.x + steps.y;
    if (more) {
      let term = u32(step >= steps.x);
      let base = (step - term * steps.x) * STEP;
      // unroll
      for (var i = 0u; i < SHARE; i++) {
        loaded[i] = load_block(thread + i * THREADS, term, first_row, first_column, base, size);
      }
    }
    if (step > 0u) {
      for (var k = 0u; k < STEP; k++) {
        var lefts: array<vec4f, TALL>;
        // unroll
        for (var i = 0u; i < TALL; i++) {
          lefts[i] = left_tile[k * ROW_FOURS + row + i * ROW_THREADS];
        }
        // unroll
        for (var j = 0u; j < WIDE; j++) {
          let four = right_tile[k * COLUMN_FOURS + column + j * COLUMN_THREADS];
          // unroll
          for (var i = 0u; i < TALL; i++) {
            // unroll
            for (var r = 0u; r < 4u; r++) {
              sums[(4u * i + r) * WIDE + j] += lefts[i][r] * four;
            }
          }
        }
      }
    }
    workgroupBarrier();
    if (more) {
      // unroll
      for (var i = 0u; i < SHARE; i++) {
        store_block(thread + i * THREADS, loaded[i]);
      }
    }
    workgroupBarrier();
  }

  // unroll
  for (var i = 0u; i < TALL; i++) {
    // unroll
    for (var r = 0u; r < 4u; r++) {
      // unroll
      for (var j = 0u; j < WIDE; j++) {
        let m = first_row + 4u * (row + i * ROW_THREADS) + r;
        let n = first_column + 4u * (column + j * COLUMN_THREADS);
        if (m < size.rows && n < size.columns) {
          emit4(m, n, sums[(4u * i + r) * WIDE + j]);
        }
      }
    }
  }
}

// Where block e of a step lies: its four rows or columns, and its four along the inner axis. Neighbours load neighbours.
fn place_of(e: u32) -> vec2u {
  if (e < LEFT_BLOCKS) {
    return select(vec2u(e % ROW_FOURS, e / ROW_FOURS), vec2u(e / (STEP / 4u), e % (STEP / 4u)), LEFT_ALONG_INNER);
  }
  let block = e - LEFT_BLOCKS;
  return select(
    vec2u(block % COLUMN_FOURS, block / COLUMN_FOURS),
    vec2u(block / (STEP / 4u), block % (STEP / 4u)),
    RIGHT_ALONG_INNER,
  );
}

// Column i of the result: four rows, or four columns, at k + i.
fn load_block(e: u32, term: u32, first_row: u32, first_column: u32, base: u32, size: Product) -> mat4x4f {
  let k = base + 4u * place_of(e).y;
  if (e < LEFT_BLOCKS) {
    let m = first_row + 4u * place_of(e).x;
    if (LEFT_ALONG_INNER) {
      return transpose(mat4x4f(
        left_at(term, m, k, size),
        left_at(term, m + 1u, k, size),
        left_at(term, m + 2u, k, size),
        left_at(term, m + 3u, k, size),
      ));
    }
    return mat4x4f(
      left_at(term, m, k, size),
      left_at(term, m, k + 1u, size),
      left_at(term, m, k + 2u, size),
      left_at(term, m, k + 3u, size),
    );
  }
  if (e >= BLOCKS) { return mat4x4f(); }
  let n = first_column + 4u * place_of(e).x;
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

fn store_block(e: u32, block: mat4x4f) {
  let place = place_of(e);
  if (e < LEFT_BLOCKS) {
    // unroll
    for (var i = 0u; i < 4u; i++) {
      left_tile[(4u * place.y + i) * ROW_FOURS + place.x] = block[i];
    }
  } else if (e < BLOCKS) {
    // unroll
    for (var i = 0u; i < 4u; i++) {
      right_tile[(4u * place.y + i) * COLUMN_FOURS + place.x] = block[i];
    }
  }
}
