// Derivatives of scalar functions.

fn silu_slope(x: f32) -> f32 {
  return sigmoid(x) * (1.0 + x * sigmoid(-x));
}

// Φ(x) + x φ(x).
fn gelu_slope(x: f32) -> f32 {
  let tail = 0.5 * erfc_positive(abs(x) * 0.70710678);
  return select(tail, 1.0 - tail, x >= 0.0) + x * 0.39894228 * exp(-0.5 * x * x);
}
