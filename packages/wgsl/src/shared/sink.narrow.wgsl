// A tensor whose last axis is any length, written and read one by one. The host puts its name in place of "sink".
alias sink_TYPE = f32;
alias sink_FOUR = vec4<sink_TYPE>; // as it lies
const sink_BINDING = 1;
@group(0) @binding(sink_BINDING) var<storage, read_write> sink_data: array<sink_TYPE>;

// the first `count` of four, or all
fn sink_put4(at: u32, count: u32, x: vec4f) {
  let four = vec4<sink_TYPE>(x);
  for (var i = 0u; i < min(count, 4u); i++) {
    sink_data[at + i] = four[i];
  }
}

fn sink4(at: u32) -> vec4f {
  return sink_of4(sink_load4(at));
}

fn sink_load4(at: u32) -> sink_FOUR {
  return sink_FOUR(sink_data[at], sink_data[at + 1u], sink_data[at + 2u], sink_data[at + 3u]);
}

fn sink_of4(x: sink_FOUR) -> vec4f {
  return vec4f(x);
}

fn sink1(at: u32) -> f32 {
  return f32(sink_data[at]);
}
