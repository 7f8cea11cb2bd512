alias STRENGTH = f32; // storage of beta
const BETA_BINDING = 1;
@group(0) @binding(BETA_BINDING) var<storage, read> beta: array<STRENGTH>; // [rows, HV]

fn strength(row_and_head: u32) -> f32 {
  return f32(beta[row_and_head]);
}
