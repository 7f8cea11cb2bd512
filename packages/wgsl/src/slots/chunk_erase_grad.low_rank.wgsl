// The first write is what the read finds
fn give_back(row: u32, c: u32, z: vec4f) {
  results_put4(row * p.V + c, p.V - c, z);
}
