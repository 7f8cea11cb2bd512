// out[i] = i²; one invocation an element.
@group(0) @binding(0) var<storage, read_write> out: array<u32>;  // [64]

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
  out[i] = i * i;
}
