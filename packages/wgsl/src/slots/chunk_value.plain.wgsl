// Values that are written as they are.
alias VALUE = f32; // storage of values
const VALUES_BINDING = 1;
@group(0) @binding(VALUES_BINDING) var<storage, read> values: array<VALUE>; // [writes, HV, V]

fn value_at(i: u32) -> f32 {
  return f32(values[i]);
}

fn correct(chunk: Chunk, first: u32, thread: u32) {}
