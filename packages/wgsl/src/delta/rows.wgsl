// How what belongs to a chunk and value head alone is laid out: N rows each, the last of them zeros, and of a row of K channels WIDTH, the last
// of them zeros. All first writes of a chunk's rows come before all second ones.
const N = 32u; // a power of two, at least the rows of a chunk
const WIDTH = 64u;

// The write of a chunk at a place in this order.
fn write_at(place: u32) -> u32 {
  return place % N * EVERY + place / N;
}
