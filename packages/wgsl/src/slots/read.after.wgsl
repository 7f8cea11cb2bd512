// o = qᵀ S, after the token's writes
fn read_before() -> vec4f {
  return vec4f();
}

fn read_own(w: Write) -> vec4f {
  return vec4f();
}

fn read_after() -> vec4f {
  return read_state();
}
