// The gradient of a final state.
alias FINAL = f32; // storage of the gradient
const FINAL_BINDING = 1;
@group(0) @binding(FINAL_BINDING) var<storage, read> final_grad: array<FINAL>; // as the state

fn final_at(i: u32) -> f32 {
  return f32(final_grad[i]);
}
