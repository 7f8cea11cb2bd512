// The sum of the log forget gates of a sequence up to a key; what a query has forgotten of a key is a difference of two.
const FORGET_BINDING = 1;
@group(0) @binding(FORGET_BINDING) var<storage, read> forget: array<f32>; // [TK, HQ]

fn forgotten(key: u32, head: u32) -> f32 {
  return forget[key * p.HQ + head];
}
