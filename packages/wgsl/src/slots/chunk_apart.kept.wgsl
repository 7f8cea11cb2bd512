// The part of a gradient that a gate has faded.
const APART_BINDING = 1;
@group(0) @binding(APART_BINDING) var<storage, read_write> apart: array<f32>; // as the gradient

fn add_apart(at: u32, x: f32) {
  apart[at] += x;
}
