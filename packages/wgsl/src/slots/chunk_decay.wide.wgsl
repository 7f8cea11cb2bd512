// The sum of the log gates over the first tokens of a chunk, where channels are a multiple of four. One of the two says what a gate stands before:
const BY_PAIR = false;
const BY_KEY = false; // a key channel
const BY_VALUE = false; // a value channel
const GATES_BINDING = 1;
@group(0) @binding(GATES_BINDING) var<storage, read> gates: array<vec4f>; // [T, HV, K or V]

// without a branch, which would wait for each load of a loader before the next
fn gate_sum(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  return gate_of(gate_load(chunk, tokens, channel), tokens);
}

fn gate_load(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  let at = ((chunk.token + max(tokens, 1u) - 1u) * p.HV + chunk.head) * select(p.V, K, BY_KEY) + channel;
  return gates[at / 4u][at % 4u];
}

fn gate_of(x: f32, tokens: u32) -> f32 {
  return select(x, 0.0, tokens == 0u);
}

// … of four channels from a multiple of four on
fn gate_sum4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  return select(gate_load4(chunk, tokens, channel), vec4f(), tokens == 0u);
}

fn gate_load4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  let row = (chunk.token + max(tokens, 1u) - 1u) * p.HV + chunk.head;
  return gates[row * (select(p.V, K, BY_KEY) / 4u) + channel / 4u];
}
