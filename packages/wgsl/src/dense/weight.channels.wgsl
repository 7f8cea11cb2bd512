alias WEIGHT = f32; // storage of weight
const WEIGHT_BINDING = 1;
@group(0) @binding(WEIGHT_BINDING) var<storage, read> weight: array<WEIGHT>; // [D]

fn weight_at(channel: u32) -> f32 {
  return f32(weight[channel]);
}
