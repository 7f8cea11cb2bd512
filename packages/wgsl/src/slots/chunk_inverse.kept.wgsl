// M, for the way back.
fn keep_inverse4(at: u32, x: vec4f) {
  inverse_put4(at, 4u, x);
}
