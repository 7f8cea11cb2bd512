// The order in which a pass visits the chunks of a sequence.
const BACKWARD = false; // from the last to the first

// The chunk that is visited after so many.
fn visited(before: u32, count: u32) -> u32 {
  return select(before, count - 1u - before, BACKWARD);
}
