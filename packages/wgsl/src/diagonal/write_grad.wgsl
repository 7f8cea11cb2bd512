// What write w gets at its channel d:  base_wd + Σ_t products_tw e^{G_t − G_w} x_td over the reads that see it and, as a second term, what the
// state after the chunk gives it.
//
// A gate that stands before each channel at hand splits at r, the tokens that the tile's last write has seen decay: e^{G_t − G_r} goes with x,
// e^{G_r − G_w} with the result, and reads up to r are added one by one. So are those of weight e⁰ wherever they are kept apart.
var<private> left: Rows; // of reads
var<private> split: u32; // tokens
var<private> late: u32; // the first read that is multiplied

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  let chunk = enter(place);
  left = rows_from(read_row(chunk, 0u), p.left_group, width());
  let reference = decayed(min(first_row + ROW_TILE, chunk.writes) - 1u);
  let first = first_multiplied(first_row, reference);
  split = reference;
  late = first;
  return Product(chunk.writes, width(), vec2u(reads_of(chunk) - min(reads_of(chunk), first), enter_ends()));
}

// … of those that see write w.
fn first_multiplied(w: u32, reference: u32) -> u32 {
  if (GATED) { return first_read(reference + 1u); }
  if (APART) { return first_read(decayed(w) + 1u); }
  return first_reader(w);
}

fn first_of(w: u32) -> u32 {
  return first_multiplied(w, split);
}

fn read4(t: u32, d: u32) -> vec4f {
  return reads4(left.first + t * left.pitch + d);
}

struct LeftAhead {
  products: products_FOUR,
  turned: vec4f, // products of four reads
  ends: EndsLeft,
}

fn left_ahead(term: u32, w: u32, k: u32) -> LeftAhead {
  if (term == 1u) { return LeftAhead(products_FOUR(), vec4f(), ends_left_ahead(w, k)); }
  let at = product_index(chunk_and_head, late + k, w);
  if (!LEFT_ALONG_INNER) { return LeftAhead(products_load4(at), vec4f(), EndsLeft()); }
  let pitch = product_index(0u, 1u, 0u);
  let turned = vec4f(products1(at), products1(at + pitch), products1(at + 2u * pitch), products1(at + 3u * pitch));
  return LeftAhead(products_FOUR(), turned, EndsLeft());
}

fn left4(term: u32, w: u32, k: u32, ahead: LeftAhead) -> vec4f {
  if (term == 1u) { return ends_left4(w, k, ahead.ends); }
  if (LEFT_ALONG_INNER) { return ahead.turned; }
  let products = products_of4(ahead.products);
  if (GATED || !APART) { return products; }
  let first = vec4u(first_of(w), first_of(w + 1u), first_of(w + 2u), first_of(w + 3u));
  return select(vec4f(), products, vec4u(late + k) >= first);
}

struct RightAhead {
  read: reads_FOUR,
  turned: vec4f, // of four reads
  ends: EndsRight,
}

fn right_ahead(term: u32, k: u32, d: u32) -> RightAhead {
  if (term == 1u) { return RightAhead(reads_FOUR(), vec4f(), ends_right_ahead(k, d)); }
  let at = left.first + (late + k) * left.pitch + d;
  if (!RIGHT_ALONG_INNER) { return RightAhead(reads_load4(at), vec4f(), EndsRight()); }
  let turned = vec4f(reads1(at), reads1(at + left.pitch), reads1(at + 2u * left.pitch), reads1(at + 3u * left.pitch));
  return RightAhead(reads_FOUR(), turned, EndsRight());
}

fn right4(term: u32, k: u32, d: u32, ahead: RightAhead) -> vec4f {
  if (term == 1u) { return ends_right4(ahead.ends); }
  if (RIGHT_ALONG_INNER) { return ahead.turned; }
  let x = reads_of4(ahead.read);
  if (!GATED) { return x; }
  return x * exp(gate_sum4(here, seen_by(late + k).tokens, d) - gate_sum4(here, split, d));
}

fn emit4(w: u32, d: u32, x: vec4f) {
  var faded = x;
  var same = vec4f(); // to reads before the next decay, whose weight is e⁰
  if (APART) {
    let gate = gate_sum4(here, decayed(w), d);
    if (GATED) {
      faded *= exp(gate_sum4(here, split, d) - gate);
    }
    for (var t = first_reader(w); t < min(first_of(w), reads_of(here)); t++) {
      let product = products1(product_index(chunk_and_head, t, w)) * read4(t, d);
      let tokens = seen_by(t).tokens;
      if (tokens == decayed(w)) {
        same += product;
      } else {
        faded += product * exp(gate_sum4(here, tokens, d) - gate);
      }
    }
  }
  let at = ((here.token * STEPS + w) * p.HV + here.head) * width() + d;
  o_put4(at, width() - d, base4(at) + faded + same);
  keep_apart4(at, width() - d, faded);
}
