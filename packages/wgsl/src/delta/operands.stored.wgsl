// A and B as operands, loaded from where they lie: each matrix serves one subgroup.
fn ask_reads(index: u32, thread: u32) {}
fn ask_writes(index: u32, thread: u32) {}
fn put_reads(thread: u32) {}
fn put_writes(thread: u32) {}

// Sixteen rows of A, and channels of a tile.
fn read_matrix(index: u32, row_tile: u32, tile: u32) -> Left {
  let left = subgroupMatrixLoad<Left, row_major>(&A, ((index * READ_TILES + row_tile) * TILES + tile) * 64u, 4u);
  return left;
}

// Channels of a tile, and sixteen rows of B.
fn write_matrix(index: u32, row_tile: u32, tile: u32) -> Left {
  let left = subgroupMatrixLoad<Left, col_major>(&B, ((index * WRITE_TILES + row_tile) * TILES + tile) * 64u, 4u);
  return left;
}
