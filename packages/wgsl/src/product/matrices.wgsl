// What mains with subgroup matrices share: which block of the tile a subgroup of 32 threads makes, and how its result leaves. A matrix gives
// its elements to memory only, so a subgroup stores 16 × RESULT_COLUMNS at a time and its threads pass them to emit4.
diagnostic(off, chromium.subgroup_matrix_uniformity);
enable f16;
enable chromium_experimental_subgroup_matrix;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;

const SUB_ROWS = 32u;
const SUB_COLUMNS = 32u;
const RESULT_COLUMNS = 32u;
const ACROSS = COLUMN_TILE / SUB_COLUMNS; // subgroups side by side
const SUBGROUPS = ROW_TILE / SUB_ROWS * ACROSS;
const THREADS = 32u * SUBGROUPS;
const TALL = SUB_ROWS / 16u;
const WIDE = SUB_COLUMNS / 16u;

const RESULT_FOURS = RESULT_COLUMNS / 4u;
const RESULT_PITCH = RESULT_COLUMNS + 4u;
const ROUND = RESULT_COLUMNS / 16u; // matrices side by side in a round
const ROUNDS = SUB_COLUMNS / RESULT_COLUMNS;

var<workgroup> result_tile: array<f32, SUBGROUPS * 16u * RESULT_PITCH>; // [subgroup, row, column]

// Row and column are the first of the subgroup's block, result is where it stored.
fn emit_round(round: u32, row: u32, column: u32, result: u32, lane: u32, size: Product) {
  for (var e = lane; e < 16u * RESULT_FOURS; e += 32u) {
    let m = row + round / ROUNDS * 16u + e / RESULT_FOURS;
    let n = column + round % ROUNDS * RESULT_COLUMNS + 4u * (e % RESULT_FOURS);
    let at = result + e / RESULT_FOURS * RESULT_PITCH + 4u * (e % RESULT_FOURS);
    if (m < size.rows && n < size.columns) {
      emit4(m, n, vec4f(result_tile[at], result_tile[at + 1u], result_tile[at + 2u], result_tile[at + 3u]));
    }
  }
}
