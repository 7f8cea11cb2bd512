// o = gate((x − mean) / sqrt(spread + eps) · weight + bias) over each group of channels; one workgroup a group.
//   RMS    mean 0, spread the mean of squares
//   LAYER  mean and spread the mean and variance
//   L2     mean 0, spread the sum of squares
alias X = f32; // storage of x
alias O = f32; // storage of o

const RMS = 0u;
const LAYER = 1u;
const L2 = 2u;
const KIND = RMS;

struct Params { groups: u32, size: u32, D: u32, eps: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, D] = [groups, size]
@group(0) @binding(2) var<storage, read_write> o: array<O>; // [rows, D]

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let start = group * p.size;
  let end = start + p.size;

  var mean = 0.0;
  if (KIND == LAYER) {
    for (var i = start + lane; i < end; i += LANES) {
      mean += gated_first(f32(x[i]), i);
    }
    mean = sum_lanes(mean, lane) / f32(p.size);
  }
  var squares = 0.0;
  for (var i = start + lane; i < end; i += LANES) {
    let distance = gated_first(f32(x[i]), i) - mean;
    squares += distance * distance;
  }
  squares = sum_lanes(squares, lane);
  let spread = select(squares / f32(p.size), squares, KIND == L2);
  let inverse = 1.0 / sqrt(spread + p.eps);
  for (var i = start + lane; i < end; i += LANES) {
    let channel = i % p.D;
    let y = (gated_first(f32(x[i]), i) - mean) * inverse * weight_at(channel) + bias_at(channel);
    o[i] = O(gated(y, i));
  }
}
