// A state that is given, initial [N, ...].
const STATE_GIVEN = true;

fn state_load(i: u32) -> f32 {
  return initial1(i);
}

fn state_load4(at: u32) -> vec4f {
  return initial4(at);
}
