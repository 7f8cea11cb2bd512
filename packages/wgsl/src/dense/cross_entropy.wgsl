// loss[t] = z − (1 − smoothing) x_target − smoothing mean x + square z² with z = log Σ_c exp(x_c), 0 where the target is ignored; x the
// logits [rows, classes]; a team of threads a row.
alias LOSS = f32; // storage of loss

struct Params { rows: u32, classes: u32, ignored: i32, smoothing: f32, square: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> targets: array<i32>; // [rows]
@group(0) @binding(2) var<storage, read_write> loss: array<LOSS>; // [rows]

@compute @workgroup_size(LANES * TEAMS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(flat(wid, nwg), thread, p.rows, p.classes);
  // at once with the row, which they need not wait for
  let wanted = targets[min(row.index, p.rows - 1u)];
  let is_taken = wanted != p.ignored && wanted >= 0 && u32(wanted) < p.classes;
  let own = x1(row.start + select(0u, u32(wanted), is_taken));
  var held: array<vec4f, HELD>;
  // unroll
  for (var j = 0u; j < HELD; j++) {
    held[j] = within(row, four_at(row, j), x4(four_at(row, j)), LOWEST);
  }
  var parts = Exponentials(LOWEST, 0.0);
  var total = 0.0;
  // unroll
  for (var j = 0u; j < HELD; j++) {
    parts.highest = max(parts.highest, max_of(held[j]));
    total += sum_of(within(row, four_at(row, j), held[j], 0.0));
  }
  // unroll
  for (var j = 0u; j < HELD; j++) {
    parts.sum += sum_of(exp(held[j] - parts.highest));
  }
  for (var c = four_at(row, HELD); c < row.end; c += 4u * LANES) {
    let x = x4(c);
    parts = add_exponentials(parts, within(row, c, x, LOWEST));
    total += sum_of(within(row, c, x, 0.0));
  }
  parts = join_exponentials(parts, thread);
  if (p.smoothing > 0.0) {
    total = sum_lanes(total, thread);
  }
  if (row.lane > 0u || row.index >= p.rows) { return; }
  if (!is_taken) {
    loss[row.index] = LOSS(0);
    return;
  }
  let seen = (1.0 - p.smoothing) * own + p.smoothing * total / f32(p.classes);
  let z = parts.highest + log(parts.sum);
  loss[row.index] = LOSS(z - select(own, seen, p.smoothing > 0.0) + p.square * z * z);
}
