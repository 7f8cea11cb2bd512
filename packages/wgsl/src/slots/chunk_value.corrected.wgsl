// Values of an erase: y_w += W_w S in place, for the first of every EVERY writes.
const EVERY = 1u; // writes of a row
const VALUES_BINDING = 1;
@group(0) @binding(VALUES_BINDING) var<storage, read_write> values: array<f32>; // [writes, HV, V]

var<workgroup> held: array<f32, SLICE * COLUMNS>; // a slice of S

fn value_at(i: u32) -> f32 {
  return values[i];
}

fn correct(chunk: Chunk, first: u32, thread: u32) {
  const DEEP = C / 16u;
  let rows = chunk.writes / EVERY;
  let row = thread / 16u;
  let column = thread % 16u;
  var sums: array<f32, DEEP * WIDE>;
  for (var s = 0u; s < SLICES; s++) {
    workgroupBarrier();
    for (var a = 0u; a < TALL; a++) {
      for (var b = 0u; b < WIDE; b++) {
        held[(row + 16u * a) * COLUMNS + column + 16u * b] = S[(s * TALL + a) * WIDE + b];
      }
    }
    for (var e = thread; e < C * SLICE; e += 256u) {
      let i = s * SLICE + e % SLICE;
      let at = e / SLICE * PITCH + e % SLICE;
      left[at] = 0.0;
      if (e / SLICE < rows && i < K) {
        left[at] = state_reads[((chunk.token * (p.steps / EVERY) + e / SLICE) * p.HV + chunk.head) * K + i];
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < SLICE; i++) {
      for (var a = 0u; a < DEEP; a++) {
        let x = left[(row + 16u * a) * PITCH + i];
        for (var b = 0u; b < WIDE; b++) {
          sums[a * WIDE + b] += x * held[i * COLUMNS + column + 16u * b];
        }
      }
    }
  }
  for (var a = 0u; a < DEEP; a++) {
    let w = (row + 16u * a) * EVERY;
    for (var b = 0u; b < WIDE; b++) {
      let c = first + column + 16u * b;
      if (w < chunk.writes && c < p.V) {
        let at = w * COLUMNS + column + 16u * b;
        y[at] += sums[a * WIDE + b];
        values[value_index(chunk, w, c)] = y[at];
      }
    }
  }
}
