// Reads and writes have two sides: x and k meet along K, a read's result and a written value along V. The stages of the gradient are alike on
// both: rows at hand have D channels, rows across have E, and OF_KEYS says which is which.
const OF_KEYS = true; // D is K and E is V; or the other way round
const GATED = select(BY_VALUE, BY_KEY, OF_KEYS); // a gate stands before each channel at hand
const GATED_ACROSS = select(BY_KEY, BY_VALUE, OF_KEYS); // … before each channel across
const SUMS_GATES = false; // of this side the gates' gradient is made
const APART = GATED || SUMS_GATES; // weights of e⁰ are left to the end of a product

// D
fn width() -> u32 {
  return select(p.V, K, OF_KEYS);
}

// E
fn width_across() -> u32 {
  return select(K, p.V, OF_KEYS);
}

// Where a state has a channel at hand and one across.
fn state_index(chunk_and_head: u32, d: u32, e: u32) -> u32 {
  return (chunk_and_head * K + select(e, d, OF_KEYS)) * p.V + select(d, e, OF_KEYS);
}
