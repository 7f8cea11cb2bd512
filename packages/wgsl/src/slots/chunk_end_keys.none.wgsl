fn weigh_end_key(chunk: Chunk, t: u32) {}

fn end_gate_ahead(chunk: Chunk, i: u32) -> vec4f {
  return vec4f();
}

fn keep_end_key4(chunk: Chunk, group: u32, t: u32, i: u32, ahead: ReaderAhead) {}
