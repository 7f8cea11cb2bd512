// The sum of the log gates over the first tokens of a chunk. One of the three says what a gate stands before:
const BY_PAIR = false; // a pair of a read and a write: a gate a token
const BY_KEY = false; // a key channel
const BY_VALUE = false; // a value channel
const GATES_BINDING = 1;
@group(0) @binding(GATES_BINDING) var<storage, read> gates: array<f32>; // [T, HV, 1, K or V]

fn gate_sum(chunk: Chunk, tokens: u32, channel: u32) -> f32 {
  if (tokens == 0u) { return 0.0; }
  let width = select(select(1u, p.V, BY_VALUE), K, BY_KEY);
  return gates[((chunk.token + tokens - 1u) * p.HV + chunk.head) * width + channel];
}

// … of four channels
fn gate_sum4(chunk: Chunk, tokens: u32, channel: u32) -> vec4f {
  if (BY_PAIR) { return vec4f(gate_sum(chunk, tokens, 0u)); }
  if (tokens == 0u) { return vec4f(); }
  let at = ((chunk.token + tokens - 1u) * p.HV + chunk.head) * select(p.V, K, BY_KEY) + channel;
  return vec4f(gates[at], gates[at + 1u], gates[at + 2u], gates[at + 3u]);
}
