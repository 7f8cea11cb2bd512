// What the state after the chunk gives back to write w at its channel d, by itself: see chunk_ends.
fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  return Product(chunk.writes, width(), vec2u(enter_ends(), 0u));
}

fn left4(term: u32, w: u32, e: u32) -> vec4f {
  return ends_left4(w, e);
}

fn right4(term: u32, e: u32, d: u32) -> vec4f {
  return ends_right4(e, d);
}

fn emit4(w: u32, d: u32, x: vec4f) {
  var sum = x;
  if (GATED) {
    sum *= exp(gate_sum4(here, here.tokens, d) - gate_sum4(here, decayed(w), d));
  }
  o_put4(((here.token * STEPS + w) * p.HV + here.head) * width() + d, width() - d, sum);
}
