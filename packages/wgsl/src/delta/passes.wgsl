// What a pass over the chunks of a sequence takes, and where it finds it.
alias NUMBER = f32; // of A and B
const EVERY = 1u; // writes of a row
const READS = 32u; // rows of A; by matrices a multiple of 16, as WRITES and WIDTH are
const WRITES = 32u; // … of B
const PLACES = N * EVERY;

struct Params {
  groups: u32, // workgroups with work: sequences · HV · tiles
  tiles: u32, // of value columns
  longest: u32, // tokens that a chunk may have
  HV: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> spans: array<vec4u>; // [sequences]: index, first token, tokens, first chunk
@group(0) @binding(2) var<storage, read> A: array<NUMBER>; // [chunks, HV], then READS rows
@group(0) @binding(3) var<storage, read> B: array<NUMBER>; // [chunks, HV], then WRITES rows

struct Place {
  chunk: Chunk,
  index: u32, // of the chunk and value head
}

fn place_of(span: vec4u, n: u32, head: u32) -> Place {
  let tokens = min(p.longest, span.z - n * p.longest);
  return Place(Chunk(span.y + n * p.longest, tokens, tokens * STEPS, head), (span.w + n) * p.HV + head);
}

fn value_index(chunk: Chunk, w: u32, column: u32) -> u32 {
  return ((chunk.token * STEPS + w) * p.HV + chunk.head) * p.V + column;
}

fn state_index(index: u32, i: u32, column: u32) -> u32 {
  return (index * K + i) * p.V + column;
}
