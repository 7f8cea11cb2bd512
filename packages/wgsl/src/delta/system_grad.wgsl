// z = Mᵀ dy: the gradient of the first write of a row through all later responses of the chunk too. What that write was made from gets its
// gradient by `give_back`.
var<private> first: u32; // row of the tile: those before it take nothing of it

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  first = first_row;
  return Product(reads_of(chunk), p.V, vec2u(max(reads_of(chunk), first_row) - first_row, 0u));
}

alias LeftAhead = inverse_FOUR;

fn left_ahead(term: u32, s: u32, k: u32) -> LeftAhead {
  return inverse_load4((chunk_and_head * N + first + k) * N + s);
}

fn left4(term: u32, s: u32, k: u32, ahead: LeftAhead) -> vec4f {
  return inverse_of4(ahead);
}

alias RightAhead = dy_FOUR;

fn right_ahead(term: u32, k: u32, c: u32) -> RightAhead {
  return dy_load4((read_row(here, first + k) * EVERY * p.HV + here.head) * p.V + c);
}

fn right4(term: u32, k: u32, c: u32, ahead: RightAhead) -> vec4f {
  return dy_of4(ahead);
}

fn emit4(s: u32, c: u32, z: vec4f) {
  give_back(read_row(here, s) * p.HV + here.head, c, z);
}
