// S · exp(g_h), gate [HV]
fn fade(token: u32, head: u32) {
  let d = exp(gate1(head));
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] *= d;
  }
}
