alias EndsLeft = vec4f;
alias EndsRight = vec4f;

fn enter_ends() -> u32 {
  return 0u;
}

fn ends_left_ahead(w: u32, e: u32) -> EndsLeft {
  return vec4f();
}

fn ends_left4(w: u32, e: u32, ahead: EndsLeft) -> vec4f {
  return ahead;
}

fn ends_right_ahead(e: u32, d: u32) -> EndsRight {
  return vec4f();
}

fn ends_right4(ahead: EndsRight) -> vec4f {
  return ahead;
}
