alias BIAS = f32; // storage of bias
const BIAS_BINDING = 1;
@group(0) @binding(BIAS_BINDING) var<storage, read> bias: array<BIAS>; // [N]

fn bias_at(n: u32) -> f32 {
  return f32(bias[n]);
}
