// The gradient of v: what its write got, and what the later reads of the chunk that find it give back.
var<private> first: u32; // row of the tile: reads before it find nothing of it

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  first = first_row;
  return Product(reads_of(chunk), p.V, vec2u(max(reads_of(chunk), first_row) - first_row, 0u));
}

alias LeftAhead = Seconds;

fn left_ahead(term: u32, s: u32, k: u32) -> LeftAhead {
  return seconds_ahead(first + k, s);
}

fn left4(term: u32, s: u32, k: u32, ahead: LeftAhead) -> vec4f {
  return seconds(first + k, s, ahead);
}

alias RightAhead = results_FOUR;

fn right_ahead(term: u32, k: u32, c: u32) -> RightAhead {
  return results_load4((read_row(here, first + k) * p.HV + here.head) * p.V + c);
}

fn right4(term: u32, k: u32, c: u32, ahead: RightAhead) -> vec4f {
  return results_of4(ahead);
}

fn emit4(s: u32, c: u32, x: vec4f) {
  let row = read_row(here, s);
  let written = dy4(((row * EVERY + 1u) * p.HV + here.head) * p.V + c);
  dv_put4((row * p.HV + here.head) * p.V + c, p.V - c, written + x);
}
