// What the products of a chunk share. Their places are chunks and value heads; a stage enters one and finds its rows of left and of right.
// What product_at returns must be uniform, which a private variable never is to a compiler: so `enter` returns the chunk besides keeping it.
const K = 64u;
const STEPS = 1u; // writes of a token

struct Params {
  groups: u32, // as are tiles: of the product
  row_tiles: u32,
  column_tiles: u32,
  longest: u32, // tokens that a chunk may have
  HV: u32,
  V: u32,
  left_group: u32, // value heads that share a head of left
  right_group: u32, // … of right
  scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

// Where the rows of a chunk are in a tensor [rows, heads, D]: row r begins at first + r · pitch.
struct Rows {
  first: u32,
  pitch: u32,
}

var<private> here: Chunk;
var<private> chunk_and_head: u32;

fn enter(place: u32) -> Chunk {
  let range = chunks[place / p.HV];
  let chunk = Chunk(range.x, range.y, range.y * STEPS, place % p.HV);
  here = chunk;
  chunk_and_head = place;
  return chunk;
}

fn rows_from(row: u32, group: u32, width: u32) -> Rows {
  let pitch = p.HV / group * width;
  return Rows(row * pitch + here.head / group * width, pitch);
}

// The tokens whose decay write w has seen.
fn decayed(w: u32) -> u32 {
  return w / STEPS + 1u;
}
