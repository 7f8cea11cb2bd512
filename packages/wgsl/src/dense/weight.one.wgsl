fn weight_at(channel: u32) -> f32 {
  return 1.0;
}
