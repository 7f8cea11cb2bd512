// What a row's read finds in the values that earlier rows of the chunk wrote, Σ_s pairs_ts v_s. A row's second write is v itself.
fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  return Product(reads_of(chunk), p.V, vec2u(min(reads_of(chunk), first_row + ROW_TILE), 0u));
}

alias LeftAhead = Seconds;

fn left_ahead(term: u32, t: u32, s: u32) -> LeftAhead {
  return seconds_ahead(t, s);
}

fn left4(term: u32, t: u32, s: u32, ahead: LeftAhead) -> vec4f {
  return seconds(t, s, ahead);
}

alias RightAhead = v_FOUR;

fn right_ahead(term: u32, s: u32, c: u32) -> RightAhead {
  return v_load4((read_row(here, s) * p.HV + here.head) * p.V + c);
}

fn right4(term: u32, s: u32, c: u32, ahead: RightAhead) -> vec4f {
  return v_of4(ahead);
}

fn emit4(t: u32, c: u32, x: vec4f) {
  let row = read_row(here, t);
  let at = (row * p.HV + here.head) * p.V + c;
  found_put4(at, p.V - c, x);
  values_put4(((row * EVERY + 1u) * p.HV + here.head) * p.V + c, p.V - c, v4(at));
}
