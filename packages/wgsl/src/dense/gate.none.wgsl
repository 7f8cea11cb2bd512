fn gated(x: f32, i: u32) -> f32 {
  return x;
}

fn gated_first(x: f32, i: u32) -> f32 {
  return x;
}
