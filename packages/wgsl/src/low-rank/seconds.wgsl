// The products of read t with the second writes of rows s .. s + 3, which are earlier, or 0.
fn seconds(t: u32, s: u32) -> vec4f {
  let at = product_index(chunk_and_head, t, s * EVERY);
  return select(vec4f(), vec4f(pairs4(at).yw, pairs4(at + 4u).yw), s + vec4u(0u, 1u, 2u, 3u) < vec4u(t));
}
