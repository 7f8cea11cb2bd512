// Two writes a row: r, then v
const EVERY = 2u; // writes of a row

fn respond_back(row_and_head: u32, z: array<f32, EVERY>) -> Back {
  return Back(z[0], z[1]);
}
