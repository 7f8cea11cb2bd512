// A tensor whose last axis is a multiple of four, read in fours. The host puts its name in place of "view".
alias view_TYPE = f32;
alias view_FOUR = vec4<view_TYPE>; // as it lies
const view_BINDING = 1;
@group(0) @binding(view_BINDING) var<storage, read> view_data: array<view_FOUR>;

// four from element `at` on, a multiple of four
fn view4(at: u32) -> vec4f {
  return view_of4(view_load4(at));
}

fn view_load4(at: u32) -> view_FOUR {
  return view_data[at / 4u];
}

fn view_of4(x: view_FOUR) -> vec4f {
  return vec4f(x);
}

fn view1(at: u32) -> f32 {
  return f32(view_data[at / 4u][at % 4u]);
}
