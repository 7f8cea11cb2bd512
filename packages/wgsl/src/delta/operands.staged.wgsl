// A and B as operands, for a device whose workgroup memory holds one of them: it holds A, then B, then A of the next chunk. What is put there was
// asked for a chunk earlier.
const READ_EIGHTS = READS * WIDTH / 8u; // as which they are loaded
const WRITE_EIGHTS = WRITES * WIDTH / 8u;
const READ_LOADS = (READ_EIGHTS + THREADS - 1u) / THREADS; // of a thread
const WRITE_LOADS = (WRITE_EIGHTS + THREADS - 1u) / THREADS;

var<private> read_ahead: array<vec4u, READ_LOADS>;
var<private> write_ahead: array<vec4u, WRITE_LOADS>;
var<workgroup> rows: array<vec4<f16>, 2u * max(READ_EIGHTS, WRITE_EIGHTS)>;

fn ask_reads(index: u32, thread: u32) {
  // unroll
  for (var j = 0u; j < READ_LOADS; j++) {
    read_ahead[j] = A[index * READ_EIGHTS + thread + THREADS * j];
  }
}

fn ask_writes(index: u32, thread: u32) {
  // unroll
  for (var j = 0u; j < WRITE_LOADS; j++) {
    write_ahead[j] = B[index * WRITE_EIGHTS + thread + THREADS * j];
  }
}

fn put_reads(thread: u32) {
  // unroll
  for (var j = 0u; j < READ_LOADS; j++) {
    put_eight(thread + THREADS * j, READ_EIGHTS, read_ahead[j]);
  }
}

fn put_writes(thread: u32) {
  // unroll
  for (var j = 0u; j < WRITE_LOADS; j++) {
    put_eight(thread + THREADS * j, WRITE_EIGHTS, write_ahead[j]);
  }
}

fn put_eight(e: u32, count: u32, x: vec4u) {
  if (count % THREADS == 0u || e < count) {
    rows[2u * e] = bitcast<vec4<f16>>(x.xy);
    rows[2u * e + 1u] = bitcast<vec4<f16>>(x.zw);
  }
}

// Sixteen rows of A, and channels of a tile.
fn read_matrix(index: u32, row_tile: u32, tile: u32) -> Left {
  let left = subgroupMatrixLoad<Left, row_major>(&rows, (row_tile * TILES + tile) * 64u, 4u);
  return left;
}

// Channels of a tile, and sixteen rows of B.
fn write_matrix(index: u32, row_tile: u32, tile: u32) -> Left {
  let left = subgroupMatrixLoad<Left, col_major>(&rows, (row_tile * TILES + tile) * 64u, 4u);
  return left;
}
