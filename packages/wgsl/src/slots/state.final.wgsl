// A state that starts at zero and is kept.
const STATE_GIVEN = false;
const STATE_BINDING = 1;
@group(0) @binding(STATE_BINDING) var<storage, read_write> state: array<f32>; // [N, ...]

fn state_load(i: u32) -> f32 {
  return 0.0;
}

fn state_store(i: u32, x: f32) {
  state[i] = x;
}
