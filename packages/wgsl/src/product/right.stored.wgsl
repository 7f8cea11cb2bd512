// What right4 returns is what was loaded, and f16: none is beyond it.
const RIGHT_FITS = true;

// Zeros where it is not inside.
fn right_four(term: u32, at: vec2u, ahead: RightAhead, inside: vec4<bool>, columns: u32) -> Four {
  return select(Four(), ahead, inside);
}
