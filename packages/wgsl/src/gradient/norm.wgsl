// The norm is y = n · weight + bias with n = (z − mean) / sqrt(spread + eps) and z = x; a gate's activation multiplies z or y.
// From dn = dy · weight:  dz = (dn − shift − n · along) / sqrt(spread + eps)
//   RMS    shift 0, along the mean of dn n
//   LAYER  shift the mean of dn, along the mean of dn n
//   L2     shift 0, along the sum of dn n
// One workgroup a group. It keeps mean and 1 / sqrt(spread + eps) for the gradients of weight and bias.
alias X = f32; // storage of x
alias GRAD = f32; // storage of grad

const RMS = 0u;
const LAYER = 1u;
const L2 = 2u;
const KIND = RMS;

struct Params { groups: u32, size: u32, D: u32, eps: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, D] = [groups, size]
@group(0) @binding(2) var<storage, read> grad: array<GRAD>; // [rows, D]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [rows, D]
@group(0) @binding(4) var<storage, read_write> stats: array<f32>; // [groups, 2]

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
      mean += f32(x[i]) * gate_entering(i);
    }
    mean = sum_lanes(mean, lane) / f32(p.size);
  }
  var squares = 0.0;
  for (var i = start + lane; i < end; i += LANES) {
    let distance = f32(x[i]) * gate_entering(i) - mean;
    squares += distance * distance;
  }
  squares = sum_lanes(squares, lane);
  let inverse = 1.0 / sqrt(select(squares / f32(p.size), squares, KIND == L2) + p.eps);
  if (lane == 0u) {
    stats[2u * group] = mean;
    stats[2u * group + 1u] = inverse;
  }

  var shift = 0.0;
  var along = 0.0;
  for (var i = start + lane; i < end; i += LANES) {
    let dn = f32(grad[i]) * gate_leaving(i) * weight1(i % p.D);
    shift += dn;
    along += dn * (f32(x[i]) * gate_entering(i) - mean) * inverse;
  }
  along = sum_lanes(along, lane) / select(f32(p.size), 1.0, KIND == L2);
  if (KIND == LAYER) {
    shift = sum_lanes(shift, lane) / f32(p.size);
  } else {
    shift = 0.0;
  }
  for (var i = start + lane; i < end; i += LANES) {
    let weight = weight1(i % p.D);
    let n = (f32(x[i]) * gate_entering(i) - mean) * inverse;
    let dz = inverse * (f32(grad[i]) * gate_leaving(i) * weight - shift - n * along);
    dx[i] = dz * gate_entering(i);
    if (GATE_FIRST) {
      keep_gate_grad(i, dz * f32(x[i]) * gate_slope(i));
    } else {
      keep_gate_grad(i, f32(grad[i]) * (n * weight + bias_at(i % p.D)) * gate_slope(i));
    }
  }
}
