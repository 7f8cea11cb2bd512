// What the gradient kernels of a chunk share. Reads x and writes k meet along K, their other sides (a read's result, a written value)
// along V; on either side the same kernels run, and OF_KEYS says which: rows at hand have D channels, rows across have E.
const K = 64u;
const OF_KEYS = true; // D is K and E is V; or the other way round
const GATED = select(BY_VALUE, BY_KEY, OF_KEYS); // a gate stands before each channel at hand
const ACROSS = select(BY_KEY, BY_VALUE, OF_KEYS); // … before each channel across

struct Params {
  count: u32, // threads with work
  longest: u32, // tokens that a chunk may have
  steps: u32, // writes of a token
  HV: u32,
  V: u32,
  left_group: u32, // value heads that share a head of left, the rows of reads
  right_group: u32, // … of right, the rows of writes
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

fn chunk_at(index: u32, head: u32) -> Chunk {
  let range = chunks[index];
  return Chunk(range.x, range.y, range.y * p.steps, head);
}

// D
fn width() -> u32 {
  return select(p.V, K, OF_KEYS);
}

// E
fn width_across() -> u32 {
  return select(K, p.V, OF_KEYS);
}

// Where a state has a channel at hand and one across.
fn state_index(chunk_and_head: u32, d: u32, e: u32) -> u32 {
  return (chunk_and_head * K + select(e, d, OF_KEYS)) * p.V + select(d, e, OF_KEYS);
}

// The row of right that write w is, and of what else is laid out so.
fn write_row(chunk: Chunk, w: u32) -> u32 {
  return chunk.token * p.steps + w;
}

// e^{G_tokens − G_w}
fn fade(chunk: Chunk, tokens: u32, w: u32, channel: u32) -> f32 {
  return exp(gate_sum(chunk, tokens, channel) - gate_sum(chunk, w / p.steps + 1u, channel));
}
