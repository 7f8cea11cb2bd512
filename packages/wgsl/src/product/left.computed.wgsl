const LEFT_FITS = false;

// Zeros where it is not inside.
fn left_four(term: u32, at: vec2u, ahead: LeftAhead, inside: vec4<bool>, rows: u32) -> Four {
  let x = select(vec4f(), left4(term, at.x, at.y, ahead), inside);
  return operand(x, at.x < rows);
}
