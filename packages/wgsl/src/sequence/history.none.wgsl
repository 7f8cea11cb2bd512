// Before a sequence's first token there is nothing.
fn before(n: u32, d: u32, back: u32) -> f32 {
  return 0.0;
}
