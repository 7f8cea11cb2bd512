// The state that sequences started from.
const INITIAL_GIVEN = true;
const INITIAL_BINDING = 1;
@group(0) @binding(INITIAL_BINDING) var<storage, read> initial: array<f32>; // [N, ...]

fn initial_at(i: u32) -> f32 {
  return initial[i];
}
