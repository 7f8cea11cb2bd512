// dx_c = grad · ((1 + 2 square z) softmax_c − (1 − smoothing) [c = target] − smoothing / classes) with z = log Σ_c exp(x_c), 0 where the
// target is ignored; x the logits, dx [rows, classes]; a team of threads a row.
alias GRAD = f32; // storage of grad

struct Params { rows: u32, classes: u32, ignored: i32, smoothing: f32, square: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> targets: array<i32>; // [rows]
@group(0) @binding(2) var<storage, read> grad: array<GRAD>; // [rows]

@compute @workgroup_size(LANES * TEAMS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(flat(wid, nwg), thread, p.rows, p.classes);
  var parts = Exponentials(LOWEST, 0.0);
  for (var c = row.start + 4u * row.lane; c < row.end; c += 4u * LANES) {
    parts = add_exponentials(parts, within(row, c, x4(c), LOWEST));
  }
  parts = join_exponentials(parts, thread);
  let wanted = targets[min(row.index, p.rows - 1u)];
  let counts = wanted != p.ignored && wanted >= 0 && u32(wanted) < p.classes;
  let factor = select(0.0, f32(grad[min(row.index, p.rows - 1u)]), counts);
  let weight = (1.0 + 2.0 * p.square * (parts.highest + log(parts.sum))) / parts.sum;
  for (var c = row.start + 4u * row.lane; c < row.end; c += 4u * LANES) {
    let share_of_row = weight * exp(x4(c) - parts.highest);
    let is_target = c + vec4u(0u, 1u, 2u, 3u) == vec4u(row.start + u32(wanted));
    let target_share = select(vec4f(), vec4f(1.0 - p.smoothing), is_target);
    dx_put4(c, row.end - c, factor * (share_of_row - target_share - p.smoothing / f32(p.classes)));
  }
}
