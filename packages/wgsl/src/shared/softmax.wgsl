// log Σ exp of a row in one pass: the largest number so far, and the sum of exponentials divided by that of the largest.

struct Exponentials {
  highest: f32,
  sum: f32,
}

fn add_exponentials(so_far: Exponentials, x: vec4f) -> Exponentials {
  let highest = max(so_far.highest, max_of(x));
  return Exponentials(highest, so_far.sum * exp(so_far.highest - highest) + sum_of(exp(x - highest)));
}

fn join_exponentials(own: Exponentials, thread: u32) -> Exponentials {
  let highest = max_lanes(own.highest, thread);
  return Exponentials(highest, sum_lanes(own.sum * exp(own.highest - highest), thread));
}
