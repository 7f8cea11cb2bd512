// The gradient of a verb's main result.
alias GRAD = f32; // storage of grad
const GRAD_BINDING = 1;
@group(0) @binding(GRAD_BINDING) var<storage, read> grad: array<GRAD>; // as o

fn grad_at(i: u32) -> f32 {
  return f32(grad[i]);
}
