// Where a pass over the chunks of a sequence finds what it takes.
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
