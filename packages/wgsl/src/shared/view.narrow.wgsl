// A tensor whose last axis is any length, read one by one. The host puts its name in place of "view".
alias view_TYPE = f32;
const view_BINDING = 1;
@group(0) @binding(view_BINDING) var<storage, read> view_data: array<view_TYPE>;

fn view4(at: u32) -> vec4f {
  return vec4f(view1(at), view1(at + 1u), view1(at + 2u), view1(at + 3u));
}

fn view1(at: u32) -> f32 {
  return f32(view_data[at]);
}
