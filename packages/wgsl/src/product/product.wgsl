// A batch of products: at each place result[m, n] = Σ_k left(0, m, k) right(0, k, n), and with TERMS = 2 the same of term 1 besides.
// The main module multiplies; the stage says what is multiplied, by product_at, left4, right4 and emit4, and what left4 and right4 load by
// left_ahead and right_ahead. What stands beyond inner is an exact zero here, whatever a loader returned for it; what stands beyond rows or
// columns reaches no result.

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
  let x = left4(term, m, k, left_ahead(term, m, k));
  return select(vec4f(), x, is_inside(k, LEFT_ALONG_INNER, size.inner[term]));
}

fn right_at(term: u32, k: u32, n: u32, size: Product) -> vec4f {
  let x = right4(term, k, n, right_ahead(term, k, n));
  return select(vec4f(), x, is_inside(k, RIGHT_ALONG_INNER, size.inner[term]));
}

// Which of four elements from k on lie before the end of the inner axis.
fn is_inside(k: u32, along_inner: bool, inner: u32) -> vec4<bool> {
  return select(vec4u(k), k + vec4u(0u, 1u, 2u, 3u), along_inner) < vec4u(inner);
}

// Steps along the inner axis of both terms.
fn steps_of(size: Product) -> vec2u {
  return (size.inner + STEP - 1u) / STEP * vec2u(1u, TERMS - 1u);
}
