// A tensor in blocks of four, written and read. The host puts its name in place of "sink".
alias sink_FOUR = vec2u; // as it lies
const sink_BINDING = 1;
@group(0) @binding(sink_BINDING) var<storage, read_write> sink_data: array<sink_FOUR>;

// all four, which are a block, from element `at` on, a multiple of four
fn sink_put4(at: u32, count: u32, x: vec4f) {
  sink_data[at / 4u] = pack_block(x);
}

fn sink4(at: u32) -> vec4f {
  return sink_of4(sink_load4(at));
}

fn sink_load4(at: u32) -> sink_FOUR {
  return sink_data[at / 4u];
}

fn sink_of4(x: sink_FOUR) -> vec4f {
  return unpack_block(x);
}

fn sink1(at: u32) -> f32 {
  return sink4(at)[at % 4u];
}
