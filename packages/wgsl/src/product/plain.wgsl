// Products in f32. A workgroup makes a tile of ROW_TILE × COLUMN_TILE; a thread keeps TALL × WIDE blocks of 4 × 4 in registers, and its
// blocks are ROW_THREADS and COLUMN_THREADS apart, so that neighbours read neighbours. Both operands pass through workgroup memory, STEP of
// the inner axis at a time and turned so that four rows, or four columns, are one vector. A sum goes along the inner axis from its start
// whatever the tile is: a row has the same bits in any batch.

const ROW_THREADS = 8u;
const COLUMN_THREADS = 8u;
const THREADS = ROW_THREADS * COLUMN_THREADS;
const TALL = ROW_TILE / 4u / ROW_THREADS;
const WIDE = COLUMN_TILE / 4u / COLUMN_THREADS;

const ROW_FOURS = ROW_TILE / 4u;
const COLUMN_FOURS = COLUMN_TILE / 4u;
const STEP_FOURS = STEP / 4u;
const RIGHT = STEP * ROW_FOURS; // where the right operand begins

// [k, four rows] of the left operand, then [k, four columns] of the right; in the end results, 4 of each thread
var<workgroup> tile: array<vec4f, max(RIGHT + STEP * COLUMN_FOURS, 4u * THREADS)>;

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
  for (var step = 0u; step < steps.x + steps.y; step++) {
    let term = u32(step >= steps.x);
    let base = (step - term * steps.x) * STEP;
    load_left(thread, term, first_row, base, size);
    load_right(thread, term, first_column, base, size);
    workgroupBarrier();
    for (var k = 0u; k < turns(STEP); k++) {
      var lefts: array<vec4f, TALL>;
      // unroll
      for (var i = 0u; i < TALL; i++) {
        lefts[i] = tile[k * ROW_FOURS + row + i * ROW_THREADS];
      }
      // unroll
      for (var j = 0u; j < WIDE; j++) {
        let four = tile[RIGHT + k * COLUMN_FOURS + column + j * COLUMN_THREADS];
        // unroll
        for (var i = 0u; i < TALL; i++) {
          // unroll
          for (var r = 0u; r < 4u; r++) {
            sums[(4u * i + r) * WIDE + j] += lefts[i][r] * four;
          }
        }
      }
    }
    workgroupBarrier();
  }

  // a thread's own memory is what gives its registers an index; the bound is opaque, or emit4 would be written out for every element
  let blocks = opaque(TALL * WIDE);
  for (var block = 0u; block < blocks; block++) {
    // unroll
    for (var i = 0u; i < TALL; i++) {
      // unroll
      for (var j = 0u; j < WIDE; j++) {
        if (block == i * WIDE + j) {
          // unroll
          for (var r = 0u; r < 4u; r++) {
            tile[r * THREADS + thread] = sums[(4u * i + r) * WIDE + j];
          }
        }
      }
    }
    let m = first_row + 4u * (row + block / WIDE * ROW_THREADS);
    let n = first_column + 4u * (column + block % WIDE * COLUMN_THREADS);
    for (var r = 0u; r < turns(4u); r++) {
      if (m + r < size.rows && n < size.columns) {
        emit4(m + r, n, tile[r * THREADS + thread]);
      }
    }
  }
}

fn load_left(thread: u32, term: u32, first_row: u32, base: u32, size: Product) {
  if (LEFT_ALONG_INNER) {
    for (var e = thread; e < ROW_FOURS * STEP_FOURS; e += THREADS) {
      let m = e / STEP_FOURS;
      let k = 4u * (e % STEP_FOURS);
      var block: mat4x4f;
      for (var i = 0u; i < turns(4u); i++) {
        block[i] = left_at(term, first_row + 4u * m + i, base + k, size);
      }
      block = transpose(block);
      for (var i = 0u; i < turns(4u); i++) {
        tile[(k + i) * ROW_FOURS + m] = block[i];
      }
    }
  } else {
    for (var e = thread; e < ROW_FOURS * STEP; e += THREADS) {
      tile[e] = left_at(term, first_row + 4u * (e % ROW_FOURS), base + e / ROW_FOURS, size);
    }
  }
}

fn load_right(thread: u32, term: u32, first_column: u32, base: u32, size: Product) {
  if (RIGHT_ALONG_INNER) {
    for (var e = thread; e < COLUMN_FOURS * STEP_FOURS; e += THREADS) {
      let n = e / STEP_FOURS;
      let k = 4u * (e % STEP_FOURS);
      var block: mat4x4f;
      for (var i = 0u; i < turns(4u); i++) {
        block[i] = right_at(term, base + k, first_column + 4u * n + i, size);
      }
      block = transpose(block);
      for (var i = 0u; i < turns(4u); i++) {
        tile[RIGHT + (k + i) * COLUMN_FOURS + n] = block[i];
      }
    }
  } else {
    for (var e = thread; e < COLUMN_FOURS * STEP; e += THREADS) {
      tile[RIGHT + e] = right_at(term, base + e / COLUMN_FOURS, first_column + 4u * (e % COLUMN_FOURS), size);
    }
  }
}
