// A batch of products: at each place result[m, n] = Σ_k left(0, m, k) right(0, k, n), and with TERMS = 2 the same of term 1 besides.
// The main module multiplies; the stage says what is multiplied, by product_at, left4, right4 and emit4. What stands beyond rows, columns
// or inner is an exact zero here, whatever a loader returned for it.

const ROW_TILE = 64u;
const COLUMN_TILE = 64u;
const STEP = 16u; // of the inner axis at a time
const TERMS = 1u;
const LEFT_ALONG_INNER = true; // left4 returns (m; k..k+3), else (m..m+3; k)
const RIGHT_ALONG_INNER = false; // right4 returns (k..k+3; n), else (k; n..n+3)

const WRITE_OUT = true; // whether a compiler may write out loops of known length: software adapters take seconds for it

struct Product {
  rows: u32,
  columns: u32,
  inner: vec2u, // of each term
}

fn left_at(term: u32, m: u32, k: u32, size: Product) -> vec4f {
  let inner = size.inner[term];
  let is_inside = m < size.rows && k < inner;
  // no branch, so that loads need not wait for one another
  let x = left4(term, select(0u, m, is_inside), select(0u, k, is_inside));
  let end = select(0u, select(size.rows, inner, LEFT_ALONG_INNER), is_inside);
  return before(x, select(m, k, LEFT_ALONG_INNER), end);
}

fn right_at(term: u32, k: u32, n: u32, size: Product) -> vec4f {
  let inner = size.inner[term];
  let is_inside = n < size.columns && k < inner;
  let x = right4(term, select(0u, k, is_inside), select(0u, n, is_inside));
  let end = select(0u, select(size.columns, inner, RIGHT_ALONG_INNER), is_inside);
  return before(x, select(n, k, RIGHT_ALONG_INNER), end);
}

// Steps along the inner axis of both terms.
fn steps_of(size: Product) -> vec2u {
  return (size.inner + STEP - 1u) / STEP * vec2u(1u, TERMS - 1u);
}

// So many turns of a loop.
fn turns(count: u32) -> u32 {
  return select(select(count, 0u, p.groups == 0u), count, WRITE_OUT);
}
