const RIGHT_FITS = false;

// Zeros where it is not inside.
fn right_four(term: u32, at: vec2u, ahead: RightAhead, inside: vec4<bool>, columns: u32) -> Four {
  let x = select(vec4f(), right4(term, at.y, at.x, ahead), inside);
  return operand(x, at.x < columns);
}
