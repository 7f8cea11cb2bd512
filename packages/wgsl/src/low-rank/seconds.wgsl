// The products of read t with the second writes of rows s .. s + 3, which are earlier, or 0.
fn seconds(t: u32, s: u32, ahead: Seconds) -> vec4f {
  let pairs = vec4f(pairs_of4(ahead.low).yw, pairs_of4(ahead.high).yw);
  return select(vec4f(), pairs, s + vec4u(0u, 1u, 2u, 3u) < vec4u(t));
}

struct Seconds {
  low: pairs_FOUR,
  high: pairs_FOUR,
}

fn seconds_ahead(t: u32, s: u32) -> Seconds {
  let at = product_index(chunk_and_head, t, s * EVERY);
  return Seconds(pairs_load4(at), pairs_load4(at + 4u));
}
