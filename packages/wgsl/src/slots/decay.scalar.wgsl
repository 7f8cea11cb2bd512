// S · exp(g_th), gate [T, HV]
fn fade(token: u32, head: u32) {
  let d = exp(gate1(token * p.HV + head));
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] *= d;
  }
}
