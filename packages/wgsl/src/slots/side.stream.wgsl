// What the erase and read laws carry, side by side in one buffer [rows or 1, HV / side_group, side_width]: each law knows where in a row
// and head its own numbers are.
fn side_of(row: u32, head: u32) -> u32 {
  return row * p.side_row + head / p.side_group * p.side_width;
}
