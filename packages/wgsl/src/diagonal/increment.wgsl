// What each chunk adds to the state: Σ_w (e^{G_end − G_w} k_w) y_wᵀ.
var<private> left: Rows; // of keys
var<private> right: Rows; // of values

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  left = rows_from(chunk.token * STEPS, p.left_group, K);
  right = rows_from(chunk.token * STEPS, p.right_group, p.V);
  return Product(K, p.V, vec2u(chunk.writes, 0u));
}

// e^{G_end − G_w}
fn weight4(w: u32, channel: u32) -> vec4f {
  return exp(gate_sum4(here, here.tokens, channel) - gate_sum4(here, decayed(w), channel));
}

alias LeftAhead = keys_FOUR;

fn left_ahead(term: u32, i: u32, w: u32) -> LeftAhead {
  return keys_load4(left.first + w * left.pitch + i);
}

fn left4(term: u32, i: u32, w: u32, ahead: LeftAhead) -> vec4f {
  let x = keys_of4(ahead);
  if (!BY_KEY) { return x; }
  return x * weight4(w, i);
}

alias RightAhead = values_FOUR;

fn right_ahead(term: u32, w: u32, c: u32) -> RightAhead {
  return values_load4(right.first + w * right.pitch + c);
}

fn right4(term: u32, w: u32, c: u32, ahead: RightAhead) -> vec4f {
  let y = values_of4(ahead);
  if (BY_PAIR) { return y * exp(gate_sum(here, here.tokens, 0u) - gate_sum(here, decayed(w), 0u)); }
  if (BY_VALUE) { return y * weight4(w, c); }
  return y;
}

fn emit4(i: u32, c: u32, x: vec4f) {
  states_put4((chunk_and_head * K + i) * p.V + c, p.V - c, x);
}
