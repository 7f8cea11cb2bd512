// y = β (v − r)
const EVERY = 1u; // writes of a row

// The weight of what a row's read finds in its first write.
fn answer(row_and_head: u32) -> f32 {
  return -strength(row_and_head);
}

// … and of the row's value.
fn given(row_and_head: u32) -> f32 {
  return strength(row_and_head);
}
