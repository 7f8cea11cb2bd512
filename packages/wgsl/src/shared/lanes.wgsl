// Reductions over all threads of a workgroup. Every thread calls them, and every thread gets the result.
// Each adds up what all have left: for so few lanes that costs less than the barriers of a tree.

const LANES = 64u; // threads of the workgroup

var<workgroup> of_lane: array<f32, LANES>;

fn share(x: f32, lane: u32) {
  workgroupBarrier();
  of_lane[lane] = x;
  workgroupBarrier();
}

fn sum_lanes(x: f32, lane: u32) -> f32 {
  share(x, lane);
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) {
    sum += of_lane[i];
  }
  return sum;
}

fn max_lanes(x: f32, lane: u32) -> f32 {
  share(x, lane);
  var most = of_lane[0];
  for (var i = 1u; i < LANES; i++) {
    most = max(most, of_lane[i]);
  }
  return most;
}
