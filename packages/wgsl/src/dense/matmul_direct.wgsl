// a · b in f16 where tiles are whole and K is a multiple of 16: subgroups load matrices where they lie, without a barrier. A matrix of a that
// a subgroup has loaded serves a whole row of its block, one of b a whole column.

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

  let subgroup = thread / 32u;
  let lane = thread % 32u;
  let row = first_row + subgroup / ACROSS * SUB_ROWS;
  let column = first_column + subgroup % ACROSS * SUB_COLUMNS;
  let base = group / tiles * p.depth;
  var sums: array<Sum, TALL * WIDE>; // [16 rows, 16 columns]
  for (var k = base; k < base + size.inner.x; k += 16u) {
    var lefts: array<Left, TALL>;
    // unroll
    for (var i = 0u; i < TALL; i++) {
      let m = row + 16u * i;
      if (LEFT_ALONG_INNER) {
        lefts[i] = subgroupMatrixLoad<Left, row_major>(&a_data, (m * p.K + k) / 4u, p.K / 4u);
      } else {
        lefts[i] = subgroupMatrixLoad<Left, col_major>(&a_data, (k * p.M + m) / 4u, p.M / 4u);
      }
    }
    // unroll
    for (var j = 0u; j < WIDE; j++) {
      let n = column + 16u * j;
      var right: Right;
      if (RIGHT_ALONG_INNER) {
        right = subgroupMatrixLoad<Right, col_major>(&b_data, (n * p.K + k) / 4u, p.K / 4u);
      } else {
        right = subgroupMatrixLoad<Right, row_major>(&b_data, (k * p.N + n) / 4u, p.N / 4u);
      }
      // unroll
      for (var i = 0u; i < TALL; i++) {
        sums[i * WIDE + j] = subgroupMatrixMultiplyAccumulate(lefts[i], right, sums[i * WIDE + j]);
      }
    }
  }

  let result = subgroup * 16u * RESULT_PITCH;
  // a bound that no compiler knows, or emit4 would be written out for every round
  let rounds = select(TALL * ROUNDS, 0u, p.groups == 0u);
  for (var round = 0u; round < rounds; round++) {
    // unroll
    for (var i = 0u; i < TALL; i++) {
      // unroll
      for (var j = 0u; j < WIDE; j++) {
        if (round == i * ROUNDS + j / ROUND) {
          subgroupMatrixStore<row_major>(&result_tile, result + 16u * (j % ROUND), sums[i * WIDE + j], RESULT_PITCH);
        }
      }
    }
    workgroupBarrier();
    emit_round(round, row, column, result, lane, size);
    workgroupBarrier();
  }
}
