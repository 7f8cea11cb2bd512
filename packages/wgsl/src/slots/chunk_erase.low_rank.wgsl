// Two writes a row: what a read of the state before the row finds, then v
const EVERY = 2u; // writes of a row

// The weight of what a row's read finds in its first write.
fn answer(row_and_head: u32) -> f32 {
  return 1.0;
}

// … and of what it finds in the chunk's own values.
fn given(row_and_head: u32) -> f32 {
  return 1.0;
}
