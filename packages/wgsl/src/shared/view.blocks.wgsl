// A tensor in blocks of four, read. The host puts its name in place of "view".
const view_BINDING = 1;
@group(0) @binding(view_BINDING) var<storage, read> view_data: array<vec2u>;

// four from element `at` on, a multiple of four
fn view4(at: u32) -> vec4f {
  return unpack_block(view_data[at / 4u]);
}

fn view1(at: u32) -> f32 {
  return view4(at)[at % 4u];
}
