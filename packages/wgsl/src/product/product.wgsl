// A batch of products: at each place result[m, n] = Σ_k left(0, m, k) right(0, k, n), and with TERMS = 2 the same of term 1 besides.
// The main module multiplies; the stage says what is multiplied, by product_at, left4, right4 and emit4. What stands beyond inner is an
// exact zero here, whatever a loader returned for it; what stands beyond rows or columns reaches no result.

const ROW_TILE = 64u;
const COLUMN_TILE = 64u;
const STEP = 16u; // of the inner axis at a time
const TERMS = 1u;
const LEFT_ALONG_INNER = true; // left4 returns (m; k..k+3), else (m..m+3; k)
const RIGHT_ALONG_INNER = false; // right4 returns (k..k+3; n), else (k; n..n+3)

struct Product {
  rows: u32,
  columns: u32,
  inner: vec2u, // of each term
}

fn left_at(term: u32, m: u32, k: u32, size: Product) -> vec4f {
  let inner = size.inner[term];
  let x = left4(term, m, k);
  if (LEFT_ALONG_INNER) { return before(x, k, inner); }
  return select(vec4f(), x, k < inner);
}

fn right_at(term: u32, k: u32, n: u32, size: Product) -> vec4f {
  let inner = size.inner[term];
  let x = right4(term, k, n);
  if (RIGHT_ALONG_INNER) { return before(x, k, inner); }
  return select(vec4f(), x, k < inner);
}

// Steps along the inner axis of both terms.
fn steps_of(size: Product) -> vec2u {
  return (size.inner + STEP - 1u) / STEP * vec2u(1u, TERMS - 1u);
}
