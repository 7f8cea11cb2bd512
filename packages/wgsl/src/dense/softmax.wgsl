// o[r, i] = exp(x[r, i] − m) / Σ_j exp(x[r, j] − m), m the maximum of the row; one workgroup a row.
alias X = f32; // storage of x and o

struct Params { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, width]
@group(0) @binding(2) var<storage, read_write> o: array<X>; // [rows, width]

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flat(wid, nwg);
  if (row >= p.rows) { return; }
  let start = row * p.width;
  var highest = LOWEST;
  for (var i = lane; i < p.width; i += LANES) {
    highest = max(highest, f32(x[start + i]));
  }
  highest = max_lanes(highest, lane);
  var sum = 0.0;
  for (var i = lane; i < p.width; i += LANES) {
    sum += exp(f32(x[start + i]) - highest);
  }
  sum = sum_lanes(sum, lane);
  for (var i = lane; i < p.width; i += LANES) {
    o[start + i] = X(exp(f32(x[start + i]) - highest) / sum);
  }
}
