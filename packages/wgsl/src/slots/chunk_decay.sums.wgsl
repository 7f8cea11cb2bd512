// The sum of the log gates over the first tokens of a chunk. One of the three says what a gate stands before:
const BY_PAIR = false; // a pair of a read and a write: a gate a token
const BY_KEY = false; // a key channel
const BY_VALUE = false; // a value channel
const GATES_BINDING = 1;
@group(0) @binding(GATES_BINDING) var<storage, read> gates: array<f32>; // [T, HV, 1, K or V]

// without a branch, which would wait for each load of a loader before the next
fn gate_sum(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  return gate_of(gate_load(chunk, tokens, channel), tokens);
}

fn gate_load(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  let width = select(select(1u, p.V, BY_VALUE), K, BY_KEY);
  return gates[((chunk.token + max(tokens, 1u) - 1u) * p.HV + chunk.head) * width + channel];
}

fn gate_of(x: f32, tokens: u32) -> f32 {
  return select(x, 0.0, tokens == 0u);
}

// … of four channels
fn gate_sum4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  if (BY_PAIR) { return vec4f(gate_sum(chunk, tokens, 0u)); }
  return select(gate_load4(chunk, tokens, channel), vec4f(), tokens == 0u);
}

fn gate_load4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  let at = ((chunk.token + max(tokens, 1u) - 1u) * p.HV + chunk.head) * select(p.V, K, BY_KEY) + channel;
  return vec4f(gates[at], gates[at + 1u], gates[at + 2u], gates[at + 3u]);
}
