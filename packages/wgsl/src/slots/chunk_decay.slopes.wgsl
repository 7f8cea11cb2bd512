// The sum of the log gates over the first tokens of a chunk, where a head has one gate for all tokens.
alias SLOPE = f32; // storage of slopes
const BY_PAIR = true;
const BY_KEY = false;
const BY_VALUE = false;
const GATES_BINDING = 1;
@group(0) @binding(GATES_BINDING) var<storage, read> slopes: array<SLOPE>; // [HV]

fn gate_sum(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  return gate_of(gate_load(chunk, tokens, channel), tokens);
}

fn gate_load(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  return f32(slopes[chunk.head]);
}

fn gate_of(x: f32, tokens: u32) -> f32 {
  return f32(tokens) * x;
}

fn gate_sum4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  return vec4f(gate_sum(chunk, tokens, channel));
}
