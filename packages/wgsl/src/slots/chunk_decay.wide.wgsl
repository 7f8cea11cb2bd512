// The sum of the log gates over the first tokens of a chunk, where channels are a multiple of four. One of the two says what a gate stands before:
const BY_PAIR = false;
const BY_KEY = false; // a key channel
const BY_VALUE = false; // a value channel
const GATES_BINDING = 1;
@group(0) @binding(GATES_BINDING) var<storage, read> gates: array<vec4f>; // [T, HV, K or V]

fn gate_sum(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  if (tokens == 0u) { return 0.0; }
  let at = ((chunk.token + tokens - 1u) * p.HV + chunk.head) * select(p.V, K, BY_KEY) + channel;
  return gates[at / 4u][at % 4u];
}

// … of four channels from a multiple of four on
fn gate_sum4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  if (tokens == 0u) { return vec4f(); }
  return gates[((chunk.token + tokens - 1u) * p.HV + chunk.head) * (select(p.V, K, BY_KEY) / 4u) + channel / 4u];
}
