fn strength(w: Write) -> f32 {
  return 1.0;
}
