// What read t gets at its channel d:  base_td + Σ_e e^{G_t} S_de across_te + Σ_w products_tw e^{G_t − G_w} y_wd over the writes that it sees. Across are the
// gradients of the results, for the gradient of x; or x itself, for the results.
//
// A gate that stands before each channel at hand splits at r, the tokens that the tile's first read has seen decay: e^{G_r} goes with S,
// e^{G_r − G_w} with y, e^{G_t − G_r} with the result, and writes from r on are added one by one. So are those of weight e⁰ wherever they are kept
// apart.
var<private> left: Rows; // of across
var<private> right: Rows; // of writes
var<private> split: u32; // tokens
var<private> tile_row: u32; // its first read

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  left = rows_from(read_row(chunk, 0u), p.left_group, width_across());
  right = rows_from(chunk.token * STEPS, p.right_group, width());
  tile_row = first_row;
  split = seen_by(first_row).tokens;
  let last = min(first_row + ROW_TILE, reads_of(chunk)) - 1u;
  return Product(reads_of(chunk), width(), vec2u(width_across(), multiplied(last, first_row)));
}

// The writes that are multiplied, of those that read t of a tile sees.
fn multiplied(t: u32, first_row: u32) -> u32 {
  let seen = seen_by(select(t, first_row, GATED));
  // those with a gate between
  if (APART) { return min(seen.writes, (max(seen.tokens, 1u) - 1u) * STEPS); }
  return seen.writes;
}

struct LeftAhead {
  across: across_FOUR,
  products: products_FOUR,
}

fn left_ahead(term: u32, t: u32, k: u32) -> LeftAhead {
  if (term == 1u) { return LeftAhead(across_FOUR(), products_load4(product_index(chunk_and_head, t, k))); }
  return LeftAhead(across_load4(left.first + t * left.pitch + k), products_FOUR());
}

fn left4(term: u32, t: u32, k: u32, ahead: LeftAhead) -> vec4f {
  if (term == 1u) {
    let products = products_of4(ahead.products);
    if (GATED || !APART) { return products; }
    return select(vec4f(), products, k + vec4u(0u, 1u, 2u, 3u) < vec4u(multiplied(t, tile_row)));
  }
  let r = across_of4(ahead.across);
  if (BY_PAIR) { return r * exp(gate_sum(here, seen_by(t).tokens, 0u)); }
  if (GATED_ACROSS) { return r * exp(gate_sum4(here, seen_by(t).tokens, k)); }
  return r;
}

struct RightAhead {
  S: states_FOUR,
  y: writes_FOUR,
  turned: vec4f, // y of four writes
}

fn right_ahead(term: u32, k: u32, d: u32) -> RightAhead {
  if (term == 0u) { return RightAhead(states_load4(state_index(chunk_and_head, d, k)), writes_FOUR(), vec4f()); }
  let at = right.first + k * right.pitch + d;
  if (!OF_KEYS) { return RightAhead(states_FOUR(), writes_load4(at), vec4f()); }
  let y = vec4f(writes1(at), writes1(at + right.pitch), writes1(at + 2u * right.pitch), writes1(at + 3u * right.pitch));
  return RightAhead(states_FOUR(), writes_FOUR(), y);
}

// States lie along E on K, and along D on V; so four elements are four e, or four d.
fn right4(term: u32, k: u32, d: u32, ahead: RightAhead) -> vec4f {
  if (OF_KEYS) { return right_along_inner(term, k, d, ahead); }
  if (term == 1u) {
    let y = writes_of4(ahead.y);
    if (!GATED) { return y; }
    return y * exp(gate_sum4(here, split, d) - gate_sum4(here, decayed(k), d));
  }
  let S = states_of4(ahead.S);
  if (!GATED) { return S; }
  return S * exp(gate_sum4(here, split, d));
}

fn right_along_inner(term: u32, k: u32, d: u32, ahead: RightAhead) -> vec4f {
  if (term == 1u) {
    let y = ahead.turned;
    if (!GATED) { return y; }
    let gates = vec4f(
      gate_sum(here, decayed(k), d),
      gate_sum(here, decayed(k + 1u), d),
      gate_sum(here, decayed(k + 2u), d),
      gate_sum(here, decayed(k + 3u), d),
    );
    return y * exp(gate_sum(here, split, d) - gates);
  }
  let S = states_of4(ahead.S);
  if (!GATED) { return S; }
  return S * exp(gate_sum(here, split, d));
}

fn emit4(t: u32, d: u32, x: vec4f) {
  var faded = x;
  var same = vec4f(); // of the writes since the last decay, whose weight is e⁰
  if (APART) {
    let seen = seen_by(t);
    let gate = gate_sum4(here, seen.tokens, d);
    if (GATED) {
      faded *= exp(gate - gate_sum4(here, split, d));
    }
    for (var w = multiplied(t, tile_row); w < seen.writes; w++) {
      let product = products1(product_index(chunk_and_head, t, w)) * writes4(right.first + w * right.pitch + d);
      if (decayed(w) == seen.tokens) {
        same += product;
      } else {
        faded += product * exp(gate - gate_sum4(here, decayed(w), d));
      }
    }
  }
  let at = (read_row(here, t) * p.HV + here.head) * width() + d;
  o_put4(at, width() - d, base4(at) + faded + same);
  keep_apart4(at, width() - d, faded);
}
