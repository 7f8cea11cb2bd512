// What the reads of a chunk give back to the state at its start: Σ_t (e^{G_t} x_t) r_tᵀ, r being the gradients of their results.
var<private> left: Rows; // of x
var<private> right: Rows; // of r

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  left = rows_from(read_row(chunk, 0u), p.left_group, K);
  right = rows_from(read_row(chunk, 0u), p.right_group, p.V);
  return Product(K, p.V, vec2u(reads_of(chunk), 0u));
}

alias LeftAhead = reads_FOUR;

fn left_ahead(term: u32, i: u32, t: u32) -> LeftAhead {
  return reads_load4(left.first + t * left.pitch + i);
}

fn left4(term: u32, i: u32, t: u32, ahead: LeftAhead) -> vec4f {
  let x = reads_of4(ahead);
  if (!BY_KEY) { return x; }
  return x * exp(gate_sum4(here, seen_by(t).tokens, i));
}

alias RightAhead = results_FOUR;

fn right_ahead(term: u32, t: u32, c: u32) -> RightAhead {
  return results_load4(right.first + t * right.pitch + c);
}

fn right4(term: u32, t: u32, c: u32, ahead: RightAhead) -> vec4f {
  let r = results_of4(ahead);
  if (BY_PAIR) { return r * exp(gate_sum(here, seen_by(t).tokens, 0u)); }
  if (BY_VALUE) { return r * exp(gate_sum4(here, seen_by(t).tokens, c)); }
  return r;
}

fn emit4(i: u32, c: u32, x: vec4f) {
  o_put4((chunk_and_head * K + i) * p.V + c, p.V - c, x);
}
