// A tensor in blocks of four, written and read. The host puts its name in place of "sink".
const sink_BINDING = 1;
@group(0) @binding(sink_BINDING) var<storage, read_write> sink_data: array<vec2u>;

// all four, which are a block, from element `at` on, a multiple of four
fn sink_put4(at: u32, count: u32, x: vec4f) {
  sink_data[at / 4u] = pack_block(x);
}

fn sink4(at: u32) -> vec4f {
  return unpack_block(sink_data[at / 4u]);
}

fn sink1(at: u32) -> f32 {
  return sink4(at)[at % 4u];
}
