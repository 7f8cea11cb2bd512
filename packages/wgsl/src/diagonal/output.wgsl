// o_t = scale (Σ_i e^{G_t} q_ti S_i + Σ_w pairs_tw y_w + extra_t): the state S at the chunk's start, and the writes y_w that t sees.
//
// A gate a value channel stands outside the first sum and inside the second. A tile has 16 tokens; r, the tokens that its first one has
// seen decay, splits the exponent: e^{G_t − G_r} goes with the result, e^{G_r} and e^{G_r − G_w} with S and y. Writes after r are added one
// by one.
var<private> left: Rows; // of q
var<private> right: Rows; // of values
var<private> split: u32; // tokens

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  left = rows_from(chunk.token, p.left_group, K);
  right = rows_from(chunk.token * STEPS, p.right_group, p.V);
  let tokens = seen_by(first_row).tokens;
  split = tokens;
  let seen = seen_by(min(first_row + ROW_TILE, chunk.tokens) - 1u).writes;
  return Product(chunk.tokens, p.V, vec2u(K, select(seen, tokens * STEPS, BY_VALUE)));
}

struct LeftAhead {
  query: queries_FOUR,
  pairs: pairs_FOUR,
}

fn left_ahead(term: u32, t: u32, k: u32) -> LeftAhead {
  if (term == 1u) { return LeftAhead(queries_FOUR(), pairs_load4(product_index(chunk_and_head, t, k))); }
  return LeftAhead(queries_load4(left.first + t * left.pitch + k), pairs_FOUR());
}

fn left4(term: u32, t: u32, k: u32, ahead: LeftAhead) -> vec4f {
  if (term == 1u) { return pairs_of4(ahead.pairs); }
  let x = queries_of4(ahead.query);
  if (BY_PAIR) { return x * exp(gate_sum(here, seen_by(t).tokens, 0u)); }
  if (BY_KEY) { return x * exp(gate_sum4(here, seen_by(t).tokens, k)); }
  return x;
}

struct RightAhead {
  S: states_FOUR,
  y: values_FOUR,
}

fn right_ahead(term: u32, k: u32, c: u32) -> RightAhead {
  if (term == 1u) { return RightAhead(states_FOUR(), values_load4(right.first + k * right.pitch + c)); }
  return RightAhead(states_load4((chunk_and_head * K + k) * p.V + c), values_FOUR());
}

fn right4(term: u32, k: u32, c: u32, ahead: RightAhead) -> vec4f {
  if (term == 1u) {
    let y = values_of4(ahead.y);
    if (!BY_VALUE) { return y; }
    return y * exp(gate_sum4(here, split, c) - gate_sum4(here, decayed(k), c));
  }
  let S = states_of4(ahead.S);
  if (!BY_VALUE) { return S; }
  return S * exp(gate_sum4(here, split, c));
}

fn emit4(t: u32, c: u32, x: vec4f) {
  var sum = x;
  if (BY_VALUE) {
    let seen = seen_by(t);
    let gate = gate_sum4(here, seen.tokens, c);
    sum *= exp(gate - gate_sum4(here, split, c));
    for (var w = split * STEPS; w < seen.writes; w++) {
      let y = values4(right.first + w * right.pitch + c);
      sum += pairs1(product_index(chunk_and_head, t, w)) * y * exp(gate - gate_sum4(here, decayed(w), c));
    }
  }
  let at = ((here.token + t) * p.HV + here.head) * p.V + c;
  o_put4(at, p.V - c, p.scale * (sum + extra4(at)));
}
