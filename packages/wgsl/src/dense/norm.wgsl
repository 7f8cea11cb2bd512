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

fn entering(row: Row, at: u32) -> vec4f {
  return within(row, at, gated_first(x4(at), at), 0.0);
}

@compute @workgroup_size(LANES * TEAMS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = row_of(flat(wid, nwg), thread, p.groups, p.size);
  var held: array<vec4f, HELD>;
  // unroll
  for (var j = 0u; j < HELD; j++) {
    held[j] = entering(row, four_at(row, j));
  }
  var mean = 0.0;
  if (KIND == LAYER) {
    // unroll
    for (var j = 0u; j < HELD; j++) {
      mean += sum_of(held[j]);
    }
    for (var at = four_at(row, HELD); at < row.end; at += 4u * LANES) {
      mean += sum_of(entering(row, at));
    }
    mean = sum_lanes(mean, thread) / f32(p.size);
  }
  var squares = 0.0;
  // unroll
  for (var j = 0u; j < HELD; j++) {
    squares += square_of(within(row, four_at(row, j), held[j] - mean, 0.0));
  }
  for (var at = four_at(row, HELD); at < row.end; at += 4u * LANES) {
    squares += square_of(within(row, at, entering(row, at) - mean, 0.0));
  }
  squares = sum_lanes(squares, thread);
  let spread = select(squares / f32(p.size), squares, KIND == L2);
  let inverse = 1.0 / sqrt(spread + p.eps);
  // unroll
  for (var j = 0u; j < HELD; j++) {
    held[j] = leaving(four_at(row, j), (held[j] - mean) * inverse);
  }
  // unroll
  for (var j = 0u; j < HELD; j++) {
    let at = min(four_at(row, j), row.end);
    o_put4(at, row.end - at, held[j]);
  }
  for (var at = four_at(row, HELD); at < row.end; at += 4u * LANES) {
    o_put4(at, row.end - at, leaving(at, (entering(row, at) - mean) * inverse));
  }
}

fn square_of(x: vec4f) -> f32 {
  return dot(x, x);
}

fn leaving(at: u32, x: vec4f) -> vec4f {
  let channel = at % p.D;
  return gated(x * weight4(channel) + bias4(channel), at);
}
