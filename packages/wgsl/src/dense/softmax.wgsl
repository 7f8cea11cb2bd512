// o[r, i] = exp(x[r, i] − m) / Σ_j exp(x[r, j] − m), m the maximum of the row, x and o [rows, width]; a team of threads a row.
struct Params { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(LANES * TEAMS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(flat(wid, nwg), thread, p.rows, p.width);
  var parts = Exponentials(LOWEST, 0.0);
  for (var i = row.start + 4u * row.lane; i < row.end; i += 4u * LANES) {
    parts = add_exponentials(parts, within(row, i, x4(i), LOWEST));
  }
  parts = join_exponentials(parts, thread);
  for (var i = row.start + 4u * row.lane; i < row.end; i += 4u * LANES) {
    o_put4(i, row.end - i, exp(x4(i) - parts.highest) / parts.sum);
  }
}
