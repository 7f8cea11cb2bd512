// Who reads the state, and what it sees.
const AFTER = 0u; // q, a token's own writes too
const BEFORE = 1u; // q, only those of the tokens before
const DELTA = 2u; // an erase key, a write: its token's decay and the writes before
const LOW_RANK = 3u; // a, a row of two writes: the state before the row
const READS = AFTER;

struct Seen {
  tokens: u32, // whose decay a read sees
  writes: u32,
}

fn reads_of_token() -> u32 {
  if (READS == DELTA) { return STEPS; }
  if (READS == LOW_RANK) { return STEPS / 2u; }
  return 1u;
}

fn reads_of(chunk: Chunk) -> u32 {
  return chunk.tokens * reads_of_token();
}

fn read_row(chunk: Chunk, t: u32) -> u32 {
  return chunk.token * reads_of_token() + t;
}

fn seen_by(t: u32) -> Seen {
  if (READS == DELTA) { return Seen(t / STEPS + 1u, t); }
  if (READS == LOW_RANK) { return Seen((t + reads_of_token() - 1u) / reads_of_token(), t * 2u); }
  let tokens = t + 1u - READS;
  return Seen(tokens, tokens * STEPS);
}

// The first read that sees the decay of so many tokens, at least 1.
fn first_read(tokens: u32) -> u32 {
  if (READS == DELTA) { return (tokens - 1u) * STEPS; }
  if (READS == LOW_RANK) { return (tokens - 1u) * reads_of_token() + 1u; }
  return tokens - 1u + READS;
}

// The first read that sees write w.
fn first_reader(w: u32) -> u32 {
  if (READS == DELTA) { return w + 1u; }
  if (READS == LOW_RANK) { return w / 2u + 1u; }
  return w / STEPS + READS;
}

// Where the product of a read and a write is, among [chunks, HV, reads, writes] of a chunk of most tokens, writes rounded up to fours.
fn product_index(chunk_and_head: u32, t: u32, w: u32) -> u32 {
  return (chunk_and_head * p.longest * reads_of_token() + t) * ((p.longest * STEPS + 3u) / 4u * 4u) + w;
}
