const EXTRA_BINDING = 1;
@group(0) @binding(EXTRA_BINDING) var<storage, read> extra: array<f32>; // [T, HV, V]

fn extra_at(i: u32) -> f32 {
  return extra[i];
}
