// Rows of numbers by teams of LANES threads: a thread takes four numbers beside one another, then the four that lie LANES fours further. The
// first HELD of its fours it may load at once, and keep.

const HELD = 1u;

struct Row {
  index: u32,
  start: u32, // of its first number
  end: u32, // the same where there is no such row
  lane: u32, // of the thread in its team
}

fn row_of(group: u32, thread: u32, rows: u32, width: u32) -> Row {
  let index = group * TEAMS + thread / LANES;
  return Row(index, index * width, (index + select(0u, 1u, index < rows)) * width, thread % LANES);
}

// The number with which a thread's fours after so many begin.
fn four_at(row: Row, fours: u32) -> u32 {
  return row.start + 4u * (row.lane + LANES * fours);
}

// four numbers from `at` on, or what stands for those beyond the row
fn within(row: Row, at: u32, x: vec4f, beyond: f32) -> vec4f {
  return select(vec4f(beyond), x, at + vec4u(0u, 1u, 2u, 3u) < vec4u(row.end));
}

fn sum_of(x: vec4f) -> f32 {
  return x.x + x.y + x.z + x.w;
}

fn max_of(x: vec4f) -> f32 {
  return max(max(x.x, x.y), max(x.z, x.w));
}
