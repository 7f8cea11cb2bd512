// What left4 returns is what was loaded, and f16: none is beyond it.
const LEFT_FITS = true;

// Zeros where it is not inside.
fn left_four(term: u32, at: vec2u, ahead: LeftAhead, inside: vec4<bool>, rows: u32) -> Four {
  return select(Four(), ahead, inside);
}
