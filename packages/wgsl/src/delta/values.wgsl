// U = M (given ⊙ v): what the first write of a row is before it takes anything of the state at its chunk's start.
fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  return Product(reads_of(chunk), p.V, vec2u(min(reads_of(chunk), first_row + ROW_TILE), 0u));
}

alias RightAhead = v_FOUR;

fn right_ahead(term: u32, s: u32, c: u32) -> RightAhead {
  return v_load4((read_row(here, s) * p.HV + here.head) * p.V + c);
}

fn right4(term: u32, s: u32, c: u32, ahead: RightAhead) -> vec4f {
  return given(read_row(here, s) * p.HV + here.head) * v_of4(ahead);
}

fn emit4(t: u32, c: u32, x: vec4f) {
  values_put4((read_row(here, t) * EVERY * p.HV + here.head) * p.V + c, p.V - c, x);
}
