// Reductions over the threads of a team, all of a workgroup or, with TEAMS, some that lie beside one another. Every thread of the
// workgroup calls them, and every thread gets its team's result, in two steps: of every STEP-th thread, then of those.

const LANES = 64u; // threads of a team, a multiple of STEP
const TEAMS = 1u;
const STEP = 8u;

var<workgroup> of_lane: array<f32, LANES * TEAMS>;

fn share(x: f32, thread: u32) {
  workgroupBarrier();
  of_lane[thread] = x;
  workgroupBarrier();
}

fn sum_lanes(x: f32, thread: u32) -> f32 {
  let first = thread / LANES * LANES;
  var sum = 0.0;
  share(x, thread);
  for (var i = first + thread % STEP; i < first + LANES; i += STEP) {
    sum += of_lane[i];
  }
  share(sum, thread);
  sum = 0.0;
  for (var i = first; i < first + STEP; i++) {
    sum += of_lane[i];
  }
  return sum;
}

fn max_lanes(x: f32, thread: u32) -> f32 {
  let first = thread / LANES * LANES;
  var most = x;
  share(x, thread);
  for (var i = first + thread % STEP; i < first + LANES; i += STEP) {
    most = max(most, of_lane[i]);
  }
  share(most, thread);
  for (var i = first; i < first + STEP; i++) {
    most = max(most, of_lane[i]);
  }
  return most;
}
