// Reductions over all threads of a workgroup. Every thread calls them, and every thread gets the result.

const LANES = 256u; // threads of the workgroup, a power of two

var<workgroup> of_lane: array<f32, LANES>;

fn sum_lanes(x: f32, lane: u32) -> f32 {
  workgroupBarrier();
  of_lane[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      of_lane[lane] += of_lane[lane + half];
    }
    workgroupBarrier();
  }
  return of_lane[0];
}

fn max_lanes(x: f32, lane: u32) -> f32 {
  workgroupBarrier();
  of_lane[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      of_lane[lane] = max(of_lane[lane], of_lane[lane + half]);
    }
    workgroupBarrier();
  }
  return of_lane[0];
}
