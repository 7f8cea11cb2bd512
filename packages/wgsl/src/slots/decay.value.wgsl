// S diag(exp(g_th)): a gate a column of the state, gate [T, HV, V]
fn fade(token: u32, head: u32) {
  let d = exp(of_columns(gate4((token * p.HV + head) * p.V + column)));
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] *= d;
  }
}
