// What the state after the chunk gives back to write w at its channel d, by itself: see chunk_ends.
fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  return Product(chunk.writes, width(), vec2u(enter_ends(), 0u));
}

alias LeftAhead = EndsLeft;

fn left_ahead(term: u32, w: u32, e: u32) -> LeftAhead {
  return ends_left_ahead(w, e);
}

fn left4(term: u32, w: u32, e: u32, ahead: LeftAhead) -> vec4f {
  return ends_left4(w, e, ahead);
}

alias RightAhead = EndsRight;

fn right_ahead(term: u32, e: u32, d: u32) -> RightAhead {
  return ends_right_ahead(e, d);
}

fn right4(term: u32, e: u32, d: u32, ahead: RightAhead) -> vec4f {
  return ends_right4(ahead);
}

fn emit4(w: u32, d: u32, x: vec4f) {
  var sum = x;
  if (GATED) {
    sum *= exp(gate_sum4(here, here.tokens, d) - gate_sum4(here, decayed(w), d));
  }
  o_put4(((here.token * STEPS + w) * p.HV + here.head) * width() + d, width() - d, sum);
}
