// W = M (answer ⊙ e^{G} x): what the first write of a row takes of the state at its chunk's start.
var<private> readers: Rows;

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  readers = rows_from(read_row(chunk, 0u), p.right_group, K);
  return Product(N, WIDTH, vec2u(min(reads_of(chunk), first_row + ROW_TILE), 0u));
}

alias RightAhead = readers_FOUR;

fn right_ahead(term: u32, s: u32, i: u32) -> RightAhead {
  return readers_load4(readers.first + s * readers.pitch + i);
}

fn right4(term: u32, s: u32, i: u32, ahead: RightAhead) -> vec4f {
  var x = answer(read_row(here, s) * p.HV + here.head) * readers_of4(ahead);
  if (BY_PAIR || BY_KEY) {
    x *= exp(gate_sum4(here, seen_by(s).tokens, i));
  }
  if (WIDTH > K) {
    x = before(x, i, K);
  }
  return x;
}

fn emit4(t: u32, i: u32, x: vec4f) {
  state_reads_put4(chunk_and_head * N * WIDTH + row_place(t, i), 4u, x);
}
