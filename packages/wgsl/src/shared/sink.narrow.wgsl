// A tensor whose last axis is any length, written and read one by one. The host puts its name in place of "sink".
alias sink_TYPE = f32;
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
  return vec4f(sink1(at), sink1(at + 1u), sink1(at + 2u), sink1(at + 3u));
}

fn sink1(at: u32) -> f32 {
  return f32(sink_data[at]);
}
