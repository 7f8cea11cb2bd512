// A state that starts at zero and is not kept.
const STATE_GIVEN = false;

fn state_load(i: u32) -> f32 {
  return 0.0;
}

fn state_store(i: u32, x: f32) {}
