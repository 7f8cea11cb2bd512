// loss[t] = z − (1 − smoothing) x_target − smoothing mean x + square z² with z = log Σ_c exp(x_c), 0 where the target is ignored;
// one workgroup a row.
alias X = f32; // storage of logits and loss

struct Params { rows: u32, classes: u32, ignored: i32, smoothing: f32, square: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<X>; // [rows, classes]
@group(0) @binding(2) var<storage, read> targets: array<i32>; // [rows]
@group(0) @binding(3) var<storage, read_write> loss: array<X>; // [rows]

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
  var total = 0.0;
  for (var c = lane; c < p.classes; c += LANES) {
    highest = max(highest, f32(logits[start + c]));
    total += f32(logits[start + c]);
  }
  highest = max_lanes(highest, lane);
  total = sum_lanes(total, lane);
  var sum = 0.0;
  for (var c = lane; c < p.classes; c += LANES) {
    sum += exp(f32(logits[start + c]) - highest);
  }
  sum = sum_lanes(sum, lane);
  if (lane > 0u) { return; }
  let wanted = targets[row];
  if (wanted == p.ignored || wanted < 0 || u32(wanted) >= p.classes) {
    loss[row] = X(0);
    return;
  }
  let mean = select(0.0, total / f32(p.classes), p.smoothing > 0.0);
  let seen = (1.0 - p.smoothing) * f32(logits[start + u32(wanted)]) + p.smoothing * mean;
  let z = highest + log(sum);
  loss[row] = X(z - seen + p.square * z * z);
}
