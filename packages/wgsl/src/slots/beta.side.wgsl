const BETA_AT = 0u;

fn strength(w: Write) -> f32 {
  return side1(w.side + BETA_AT);
}
