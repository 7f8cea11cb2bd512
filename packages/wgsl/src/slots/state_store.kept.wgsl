// A state that is kept, final [N, ...].
fn state_store(i: u32, x: f32) {
  final_put4(i, 1u, vec4f(x));
}

// the first `count` of four, or all
fn state_store4(at: u32, count: u32, x: vec4f) {
  final_put4(at, count, x);
}
