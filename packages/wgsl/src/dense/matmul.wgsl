// o = a · b + bias. Where K is cut into parts, so that few tiles still fill a device, a part is a place, o is [parts, M, N], and the first
// part has the bias.

struct Params {
  groups: u32,
  row_tiles: u32,
  column_tiles: u32,
  M: u32,
  N: u32,
  K: u32,
  depth: u32, // of a part
}
@group(0) @binding(0) var<uniform> p: Params;

var<private> first: u32; // of the part along K
var<private> out: u32; // where its result begins

fn product_at(place: u32, first_row: u32, first_column: u32) -> Product {
  first = place * p.depth;
  out = place * p.M * p.N;
  return Product(p.M, p.N, vec2u(min(p.depth, p.K - min(p.K, place * p.depth)), 0u));
}

alias LeftAhead = a_FOUR;

fn left_ahead(term: u32, m: u32, k: u32) -> LeftAhead {
  if (LEFT_ALONG_INNER) { return a_load4(m * p.K + first + k); }
  return a_load4((first + k) * p.M + m);
}

fn left4(term: u32, m: u32, k: u32, ahead: LeftAhead) -> vec4f {
  return a_of4(ahead);
}

alias RightAhead = b_FOUR;

fn right_ahead(term: u32, k: u32, n: u32) -> RightAhead {
  if (RIGHT_ALONG_INNER) { return b_load4(n * p.K + first + k); }
  return b_load4((first + k) * p.N + n);
}

fn right4(term: u32, k: u32, n: u32, ahead: RightAhead) -> vec4f {
  return b_of4(ahead);
}

fn emit4(m: u32, n: u32, x: vec4f) {
  var sum = x;
  if (first == 0u) {
    sum += vec4f(bias_at(n), bias_at(n + 1u), bias_at(n + 2u), bias_at(n + 3u));
  }
  o_put4(out + m * p.N + n, p.N - n, sum);
}
