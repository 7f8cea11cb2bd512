// A state that starts at zero.
const STATE_GIVEN = false;

fn state_load(i: u32) -> f32 {
  return 0.0;
}

fn state_load4(at: u32) -> vec4f {
  return vec4f();
}
