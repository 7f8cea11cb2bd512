const BETA_AT = 0u;

fn strength(w: Write) -> f32 {
  return f32(side[w.side + BETA_AT]);
}
