// y = β (v − r)
fn give_back(row: u32, c: u32, z: vec4f) {
  let at = row * p.V + c;
  z_put4(at, p.V - c, z);
  results_put4(at, p.V - c, answer(row) * z);
  dv_put4(at, p.V - c, given(row) * z);
}
