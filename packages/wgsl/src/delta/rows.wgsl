// How what belongs to a chunk and value head alone is laid out: N rows each, the last of them zeros, and of a row of K channels WIDTH, the last
// of them zeros; in blocks of SIDE rows and LINE channels, as matrices are loaded, or row by row. All first writes of a chunk's rows come before all
// second ones.
const N = 32u; // a power of two, at least the rows of a chunk
const WIDTH = 64u;
const SIDE = 1u;
const LINE = WIDTH;

// The write of a chunk at a place in this order.
fn write_at(place: u32) -> u32 {
  return place % N * EVERY + place / N;
}

// Where channel i of a row is.
fn row_place(row: u32, i: u32) -> u32 {
  return (row / SIDE * WIDTH + i / LINE * LINE) * SIDE + row % SIDE * LINE + i % LINE;
}
