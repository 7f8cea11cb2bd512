// pairs[t, w] = ⟨left_t, e^{G_t − G_w} right_w⟩, and 0 where read t does not see write w. On K what read t takes of write w's value, on V what
// flows back from its result to that write.
//
// A gate that stands before every channel stands inside the product. A tile has 16 reads; r, the tokens that its first read has seen decay,
// splits the exponent: e^{G_t − G_r} goes with left, e^{G_r − G_w} with right. Writes after r are left to `near.wgsl`.
var<private> left: Rows;
var<private> right: Rows;
var<private> split: u32; // tokens
var<private> early: u32; // writes of these, a multiple of 4

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  left = rows_from(read_row(chunk, 0u), p.left_group, width());
  right = rows_from(chunk.token * STEPS, p.right_group, width());
  let reads = reads_of(chunk);
  let tokens = seen_by(first_row).tokens;
  let before = tokens * STEPS / 4u * 4u;
  split = tokens;
  early = before;
  let multiplied = select(seen_by(min(first_row + ROW_TILE, reads) - 1u).writes, before, GATED);
  return Product(reads, chunk.writes, vec2u(select(0u, width(), first_column < multiplied), 0u));
}

alias LeftAhead = reads_FOUR;

fn left_ahead(term: u32, t: u32, d: u32) -> LeftAhead {
  return reads_load4(left.first + t * left.pitch + d);
}

fn left4(term: u32, t: u32, d: u32, ahead: LeftAhead) -> vec4f {
  let x = reads_of4(ahead);
  if (!GATED) { return x; }
  return x * exp(gate_sum4(here, seen_by(t).tokens, d) - gate_sum4(here, split, d));
}

alias RightAhead = writes_FOUR;

fn right_ahead(term: u32, d: u32, w: u32) -> RightAhead {
  return writes_load4(right.first + w * right.pitch + d);
}

fn right4(term: u32, d: u32, w: u32, ahead: RightAhead) -> vec4f {
  let y = writes_of4(ahead);
  if (!GATED) { return y; }
  let exponent = gate_sum4(here, split, d) - gate_sum4(here, decayed(w), d);
  return select(y * exp(min(exponent, vec4f())), vec4f(), w >= early);
}

fn emit4(t: u32, first: u32, x: vec4f) {
  let seen = seen_by(t);
  let w = first + vec4u(0u, 1u, 2u, 3u);
  var pairs = x;
  if (BY_PAIR) {
    let at = vec4f(
      gate_sum(here, decayed(w.x), 0u),
      gate_sum(here, decayed(w.y), 0u),
      gate_sum(here, decayed(w.z), 0u),
      gate_sum(here, decayed(w.w), 0u),
    );
    pairs *= exp(gate_sum(here, seen.tokens, 0u) - at);
  }
  pairs_put4(product_index(chunk_and_head, t, first), 4u, select(vec4f(), pairs, w < vec4u(seen.writes)));
}
