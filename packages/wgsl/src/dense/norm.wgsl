// o = gate((x − mean) / sqrt(spread + eps) · weight + bias) over each group of channels; a team of threads a group.
//   RMS    mean 0, spread the mean of squares
//   LAYER  mean and spread the mean and variance
//   L2     mean 0, spread the sum of squares
//   x, o and gate [rows, D] = [groups, size], weight and bias [D]
const RMS = 0u;
const LAYER = 1u;
const L2 = 2u;
const KIND = RMS;

struct Params { groups: u32, size: u32, D: u32, eps: f32 }
@group(0) @binding(0) var<uniform> p: Params;

fn entering(row: Row, i: u32, mean: f32) -> vec4f {
  return within(row, i, gated_first(x4(i), i) - mean, 0.0);
}

@compute @workgroup_size(LANES * TEAMS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(flat(wid, nwg), thread, p.groups, p.size);
  var mean = 0.0;
  if (KIND == LAYER) {
    for (var i = row.start + 4u * row.lane; i < row.end; i += 4u * LANES) {
      mean += sum_of(entering(row, i, 0.0));
    }
    mean = sum_lanes(mean, thread) / f32(p.size);
  }
  var squares = 0.0;
  for (var i = row.start + 4u * row.lane; i < row.end; i += 4u * LANES) {
    let distance = entering(row, i, mean);
    squares += dot(distance, distance);
  }
  squares = sum_lanes(squares, thread);
  let spread = select(squares / f32(p.size), squares, KIND == L2);
  let inverse = 1.0 / sqrt(spread + p.eps);
  for (var i = row.start + 4u * row.lane; i < row.end; i += 4u * LANES) {
    let channel = i % p.D;
    let y = entering(row, i, mean) * inverse * weight4(channel) + bias4(channel);
    o_put4(i, row.end - i, gated(y, i));
  }
}
