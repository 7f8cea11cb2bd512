// What the gradient's kernels with a thread an element share.
const K = 64u;
const STEPS = 1u; // writes of a token

struct Params {
  count: u32, // threads with work
  longest: u32, // tokens that a chunk may have
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
  return Chunk(range.x, range.y, range.y * STEPS, head);
}

// The row of right that write w is, and of what else is laid out so.
fn write_row(chunk: Chunk, w: u32) -> u32 {
  return chunk.token * STEPS + w;
}
