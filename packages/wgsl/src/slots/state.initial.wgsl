// A state that is given and not kept.
const STATE_GIVEN = true;
const STATE_BINDING = 1;
@group(0) @binding(STATE_BINDING) var<storage, read> state: array<f32>; // [N, ...]

fn state_load(i: u32) -> f32 {
  return state[i];
}

fn state_store(i: u32, x: f32) {}
