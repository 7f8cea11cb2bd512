// y = β (v − r)
const EVERY = 1u; // writes of a row

fn respond_back(row_and_head: u32, z: array<f32, EVERY>) -> Back {
  let value = strength(row_and_head) * z[0];
  return Back(-value, value);
}
