fn strength(row_and_head: u32) -> f32 {
  return 1.0;
}
