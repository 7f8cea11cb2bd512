// Operands of matrices, which are f16: whoever multiplies asks whether one was beyond it, and then computes in f32.
alias Four = vec4<f16>;
const LARGEST = 65504.0; // f16
var<private> is_beyond = false; // whether the thread met one; | and & of it, for || and && are branches, which wait for a load
// each 16 bytes: a tile that began elsewhere than at a multiple of them would be loaded wrong
var<workgroup> beyond: array<atomic<u32>, 4>;
var<workgroup> is_any_beyond: vec4u;

// Four numbers as operands, which matter or not.
fn operand(x: vec4f, matters: bool) -> Four {
  is_beyond = is_beyond | (matters & any(abs(x) > vec4f(LARGEST)));
  return Four(x);
}

// Four results, which lie where two fours of operands did.
fn results_of(first: Four, second: Four) -> vec4f {
  return vec4f(bitcast<vec2f>(first), bitcast<vec2f>(second));
}

// Whether a thread of the workgroup met one.
fn met_beyond(thread: u32) -> bool {
  if (is_beyond) { atomicStore(&beyond[0], 1u); }
  workgroupBarrier();
  if (thread == 0u) { is_any_beyond = vec4u(atomicLoad(&beyond[0])); }
  return workgroupUniformLoad(&is_any_beyond).x == 1u;
}
