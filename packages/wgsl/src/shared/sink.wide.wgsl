// A tensor whose last axis is a multiple of four, written and read in fours. The host puts its name in place of "sink".
alias sink_TYPE = f32;
alias sink_FOUR = vec4<sink_TYPE>; // as it lies
const sink_BINDING = 1;
@group(0) @binding(sink_BINDING) var<storage, read_write> sink_data: array<sink_FOUR>;

// the first `count` of four, or all, from element `at` on, a multiple of four
fn sink_put4(at: u32, count: u32, x: vec4f) {
  let four = vec4<sink_TYPE>(x);
  if (count >= 4u) {
    sink_data[at / 4u] = four;
    return;
  }
  for (var i = 0u; i < count; i++) {
    sink_data[at / 4u][i] = four[i];
  }
}

fn sink4(at: u32) -> vec4f {
  return sink_of4(sink_load4(at));
}

fn sink_load4(at: u32) -> sink_FOUR {
  return sink_data[at / 4u];
}

fn sink_of4(x: sink_FOUR) -> vec4f {
  return vec4f(x);
}

fn sink1(at: u32) -> f32 {
  return f32(sink_data[at / 4u][at % 4u]);
}
