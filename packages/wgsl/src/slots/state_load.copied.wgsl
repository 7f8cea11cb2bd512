// A state that is given and kept, where a kernel has no buffer left for both: the host copied it to where it is kept.
const STATE_GIVEN = true;

fn state_load(i: u32) -> f32 {
  return final1(i);
}

fn state_load4(at: u32) -> vec4f {
  return final4(at);
}
