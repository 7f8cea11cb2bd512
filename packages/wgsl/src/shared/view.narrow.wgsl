// A tensor whose last axis is any length, read one by one. The host puts its name in place of "view".
alias view_TYPE = f32;
alias view_FOUR = vec4<view_TYPE>; // as it lies
const view_BINDING = 1;
@group(0) @binding(view_BINDING) var<storage, read> view_data: array<view_TYPE>;

fn view4(at: u32) -> vec4f {
  return view_of4(view_load4(at));
}

fn view_load4(at: u32) -> view_FOUR {
  return view_FOUR(view_data[at], view_data[at + 1u], view_data[at + 2u], view_data[at + 3u]);
}

fn view_of4(x: view_FOUR) -> vec4f {
  return vec4f(x);
}

fn view1(at: u32) -> f32 {
  return f32(view_data[at]);
}
