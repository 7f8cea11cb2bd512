// diag(exp(g_th)) S: a gate a row of the state, gate [T, HV, K]
fn fade(token: u32, head: u32) {
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] *= exp(of_row(r, gate1((token * p.HV + head) * K + row(r))));
  }
}
