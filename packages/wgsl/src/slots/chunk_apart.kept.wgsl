// The part of a gradient that gates have faded.
const APART_GROWS = false; // it has a part already

fn keep_apart4(at: u32, count: u32, x: vec4f) {
  if (APART_GROWS) {
    apart_put4(at, count, apart4(at) + x);
  } else {
    apart_put4(at, count, x);
  }
}
