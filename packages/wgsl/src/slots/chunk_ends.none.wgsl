fn enter_ends() -> u32 {
  return 0u;
}

fn ends_left4(w: u32, e: u32) -> vec4f {
  return vec4f();
}

fn ends_right4(e: u32, d: u32) -> vec4f {
  return vec4f();
}
