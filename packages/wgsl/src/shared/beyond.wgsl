// Whether an operand is beyond f16, and so what is made of it computed once more in f32.
const LARGEST = 65504.0; // f16

var<private> is_beyond = false; // whether the thread met more than that; | and & of it, for || and && are branches, which wait for a load
// each 16 bytes: a tile that began elsewhere than at a multiple of them would be loaded wrong
var<workgroup> beyond: array<atomic<u32>, 4>;
var<workgroup> any_beyond: vec4u;

fn exceeds(x: vec4f) -> bool {
  return any(abs(x) > vec4f(LARGEST));
}

// Whether a thread of the workgroup met one: all of them ask.
fn is_any_beyond(thread: u32) -> bool {
  if (is_beyond) { atomicStore(&beyond[0], 1u); }
  workgroupBarrier();
  if (thread == 0u) { any_beyond = vec4u(atomicLoad(&beyond[0])); }
  return workgroupUniformLoad(&any_beyond).x == 1u;
}
