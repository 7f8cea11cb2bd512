// What the erase and read laws carry, side by side in one buffer: a row and head have side_width numbers, and each law knows where its own are.
alias SIDE = f32; // storage of side
const SIDE_BINDING = 1;
@group(0) @binding(SIDE_BINDING) var<storage, read> side: array<SIDE>; // [rows or 1, HV / side_group, side_width]

fn side_of(row: u32, head: u32) -> u32 {
  return row * p.side_row + head / p.side_group * p.side_width;
}
