// dx_c = grad · ((1 + 2 square z) softmax_c − (1 − smoothing) [c = target] − smoothing / classes) with z = log Σ_c exp(x_c), 0 where the
// target is ignored; one workgroup a row.
alias X = f32; // storage of logits
alias GRAD = f32; // storage of grad

struct Params { rows: u32, classes: u32, ignored: i32, smoothing: f32, square: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<X>; // [rows, classes]
@group(0) @binding(2) var<storage, read> targets: array<i32>; // [rows]
@group(0) @binding(3) var<storage, read> grad: array<GRAD>; // [rows]
@group(0) @binding(4) var<storage, read_write> dx: array<f32>; // [rows, classes]

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flat(wid, nwg);
  if (row >= p.rows) { return; }
  let start = row * p.classes;
  var highest = LOWEST;
  for (var c = lane; c < p.classes; c += LANES) {
    highest = max(highest, f32(logits[start + c]));
  }
  highest = max_lanes(highest, lane);
  var sum = 0.0;
  for (var c = lane; c < p.classes; c += LANES) {
    sum += exp(f32(logits[start + c]) - highest);
  }
  sum = sum_lanes(sum, lane);
  let wanted = targets[row];
  let counts = wanted != p.ignored && wanted >= 0 && u32(wanted) < p.classes;
  let factor = select(0.0, f32(grad[row]), counts);
  let weight = (1.0 + 2.0 * p.square * (highest + log(sum))) / sum;
  for (var c = lane; c < p.classes; c += LANES) {
    let share = weight * exp(f32(logits[start + c]) - highest);
    let target_share = select(0.0, 1.0 - p.smoothing, i32(c) == wanted);
    dx[start + c] = factor * (share - target_share - p.smoothing / f32(p.classes));
  }
}
