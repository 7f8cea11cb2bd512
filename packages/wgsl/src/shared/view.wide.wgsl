// A tensor whose last axis is a multiple of four, read in fours. The host puts its name in place of "view".
alias view_TYPE = f32;
const view_BINDING = 1;
@group(0) @binding(view_BINDING) var<storage, read> view_data: array<vec4<view_TYPE>>;

// four from element `at` on, a multiple of four
fn view4(at: u32) -> vec4f {
  return vec4f(view_data[at / 4u]);
}

fn view1(at: u32) -> f32 {
  return f32(view_data[at / 4u][at % 4u]);
}
