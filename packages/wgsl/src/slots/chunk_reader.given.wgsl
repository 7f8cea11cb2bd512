// What an erase reads by: the erase key, or a
alias READER = f32; // storage of readers
const READERS_BINDING = 1;
@group(0) @binding(READERS_BINDING) var<storage, read> readers: array<READER>; // [rows, HV / reader_group, K]

fn reader(chunk: Chunk, t: u32, i: u32) -> f32 {
  let row = chunk.token * (p.steps / EVERY) + t;
  return f32(readers[(row * (p.HV / p.reader_group) + chunk.head / p.reader_group) * K + i]);
}
