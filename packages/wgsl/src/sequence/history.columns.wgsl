// The inputs before a sequence's first token: `back` tokens before it lies in the column that is `back` from the end.
const HISTORY_BINDING = 1;
@group(0) @binding(HISTORY_BINDING) var<storage, read> history: array<f32>; // [N, D, W]

fn before(n: u32, d: u32, back: u32) -> f32 {
  return history[(n * p.D + d) * p.W + p.W - back];
}
