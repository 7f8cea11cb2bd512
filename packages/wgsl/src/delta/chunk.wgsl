// What kernels of an erase that are no products share.
const K = 64u;
const STEPS = 1u; // writes of a token

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}
