// o = qᵀ (S₀ + diag(u) k vᵀ) with the state S₀ before the token
const U_AT = 0u;

fn read_before(query: u32) -> f32 {
  return read_state(query);
}

fn read_own(query: u32, w: Write) -> f32 {
  var seen = 0.0;
  for (var i = 0u; i < K; i++) {
    seen += f32(q[query + i]) * f32(side[w.side + U_AT + i]) * f32(k[w.key + i]);
  }
  return seen * w.value;
}

fn read_after(query: u32) -> f32 {
  return 0.0;
}
