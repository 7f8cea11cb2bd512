// o = qᵀ S, after the token's writes
fn read_before(query: u32) -> f32 {
  return 0.0;
}

fn read_own(query: u32, w: Write) -> f32 {
  return 0.0;
}

fn read_after(query: u32) -> f32 {
  return read_state(query);
}
