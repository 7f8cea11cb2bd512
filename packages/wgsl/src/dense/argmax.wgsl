// o[r] = the first i with the largest x[r, i]; one workgroup a row.
alias X = f32; // storage of x

const LANES = 256u;

struct Params { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, width]
@group(0) @binding(2) var<storage, read_write> o: array<i32>; // [rows]

var<workgroup> best: array<f32, LANES>;
var<workgroup> place: array<u32, LANES>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = flat(wid, nwg);
  if (row >= p.rows) { return; }
  var highest = LOWEST;
  var at = select(p.width, lane, lane < p.width);
  for (var i = lane; i < p.width; i += LANES) {
    let value = f32(x[row * p.width + i]);
    if (value > highest) {
      highest = value;
      at = i;
    }
  }
  best[lane] = highest;
  place[lane] = at;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = lane + half;
      if (best[other] > best[lane] || (best[other] == best[lane] && place[other] < place[lane])) {
        best[lane] = best[other];
        place[lane] = place[other];
      }
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    o[row] = i32(place[0]);
  }
}
