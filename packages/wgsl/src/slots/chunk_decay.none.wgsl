const BY_PAIR = false;
const BY_KEY = false;
const BY_VALUE = false;

fn gate_sum(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  return 0.0;
}

fn gate_load(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  return 0.0;
}

fn gate_of(x: f32, tokens: u32) -> f32 {
  return 0.0;
}

fn gate_sum4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  return vec4f();
}
