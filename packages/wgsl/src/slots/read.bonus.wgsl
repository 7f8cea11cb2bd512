// o = qᵀ (S₀ + diag(u) k vᵀ) with the state S₀ before the token
const U_AT = 0u;

fn read_before() -> vec4f {
  return read_state();
}

fn read_own(w: Write) -> vec4f {
  var seen = 0.0;
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    seen += query[r] * of_row(r, side1(w.side + U_AT + row(r))) * key[r];
  }
  return seen * w.value;
}

fn read_after() -> vec4f {
  return vec4f();
}
