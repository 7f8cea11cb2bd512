// The state S where written values and the state answer each other, chunk after chunk. Reads A and writes B are rows of a chunk,
//
//     y_r += Σ_i A_ri S_i  (the first rows)        S' = e^{G_end} S + Σ_r B_ri y_r  (+ what is given to S)
//
// forward with A = W, B = the keys and y from U, keeping S at the start of every chunk; backward, from the last chunk to the first, with A and
// B changed over and dy, where S is the gradient of the state after every chunk.
// One workgroup a sequence, value head and four value columns. A chunk waits for the one before it, so what it takes is read ahead, into
// registers: each number of A and B serves one thread.
const ROWS = 64u; // a power of two, at least K and 256 / WRITES
const LANES = 256u / READS; // threads that share a row of A: one has every LANES-th channel
const LONG = (K + LANES - 1u) / LANES;
const PARTS = 256u / ROWS; // threads that share a row of S: one has every PARTS-th row of B
const DEEP = WRITES / PARTS;

var<workgroup> S: array<vec4f, max(ROWS, LONG * LANES)>; // 0 from row K on
var<workgroup> y: array<vec4f, PLACES>; // 0 after the last write
var<workgroup> sums: array<vec4f, 256>;

// what a thread needs of a chunk
var<private> reads: array<f32, LONG>;
var<private> writes: array<f32, DEEP>;
var<private> end_gate: f32; // G_end
var<private> value: vec4f; // of y
var<private> given: vec4f; // to S

// Rows of writes that the chunk has not are the last write's, and not used; so are channels beyond the last, or they meet zeros.
fn fetch(here: Place, column: u32, thread: u32) {
  // unroll
  for (var j = 0u; j < LONG; j++) {
    reads[j] = A[(here.index * READS + thread / LANES) * WIDTH + min(thread % LANES + LANES * j, K - 1u)];
  }
  let i = min(thread % ROWS, K - 1u);
  // unroll
  for (var j = 0u; j < DEEP; j++) {
    writes[j] = B[(here.index * WRITES + thread / ROWS + PARTS * j) * WIDTH + i];
  }
  end_gate = gate_sum(here.chunk, here.chunk.tokens, select(0u, i, BY_KEY));
  value = values4(value_index(here.chunk, min(write_at(min(thread, PLACES - 1u)), here.chunk.writes - 1u), column));
  if (BACKWARD) {
    given = states4(state_index(here.index, i, column));
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let span = spans[group / p.tiles / p.HV];
  let head = group / p.tiles % p.HV;
  let column = group % p.tiles * 4u;
  let own = ((span.x * p.HV + head) * K + thread) * p.V + column; // a row of the state that begins or ends
  let columns = min(p.V - column, 4u);
  let chunks = (span.z + p.longest - 1u) / p.longest;

  var row = vec4f(); // of S, in the first K threads
  if (thread < K) {
    row = before(state_load4(own), 0u, columns);
    S[thread] = row;
  }
  if (chunks > 0u) {
    fetch(place_of(span, visited(0u, chunks), head), column, thread);
  }
  workgroupBarrier();
  for (var step = 0u; step < chunks; step++) {
    let here = place_of(span, visited(step, chunks), head);
    var read = vec4f();
    // unroll
    for (var j = 0u; j < LONG; j++) {
      read += reads[j] * S[thread % LANES + LANES * j];
    }
    sums[thread % LANES * READS + thread / LANES] = read;
    workgroupBarrier();
    if (thread < PLACES) {
      let w = write_at(thread);
      var written = vec4f();
      if (w < here.chunk.writes) {
        written = value;
        if (thread < READS) {
          for (var l = 0u; l < LANES; l++) {
            written += sums[l * READS + thread];
          }
          values_put4(value_index(here.chunk, w, column), columns, written);
        }
      }
      y[thread] = written;
    }
    workgroupBarrier();
    var added = vec4f();
    // unroll
    for (var j = 0u; j < DEEP; j++) {
      added += writes[j] * y[thread / ROWS + PARTS * j];
    }
    sums[thread] = added;
    if (thread < K) {
      states_put4(state_index(here.index, thread, column), columns, row);
      row = row * exp(end_gate) + given;
    }
    // all at once: a device may wait for them at its next barrier; after the last chunk it is the last again
    fetch(place_of(span, visited(min(step + 1u, chunks - 1u), chunks), head), column, thread);
    workgroupBarrier();
    if (thread < K) {
      for (var part = 0u; part < PARTS; part++) {
        row += sums[part * ROWS + thread];
      }
      S[thread] = row;
    }
    workgroupBarrier();
  }
  if (thread < K) {
    state_store4(own, columns, row);
  }
}
