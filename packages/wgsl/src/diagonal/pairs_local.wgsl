// What the reads of a chunk see of its writes: pairs[t, w] = ⟨x_t, e^{G_t − G_w} k_w⟩, and 0 where read t does not see write w.
// The kernel, or a slot of it, supplies reader (x), reads_of and seen_by.
//
// 256 threads as 16 × 16; a thread has every 16th read and every 16th write. K passes through workgroup memory in slices.
alias KEY = f32; // storage of keys
const KEYS_BINDING = 1;
@group(0) @binding(KEYS_BINDING) var<storage, read> keys: array<KEY>; // [writes, HV / key_group, K]

const C = 32u; // most writes of a chunk, a multiple of 16
const K = 64u;
const SLICE = 16u;
const COLUMNS = 0u; // of values that the kernel stages in `right`
const PITCH = SLICE + 1u; // a column of a slice spreads over the banks
const SHARE = C / 16u;

var<workgroup> pairs: array<f32, C * C>;
var<workgroup> left: array<f32, C * PITCH>;
var<workgroup> right: array<f32, max(C * PITCH, SLICE * COLUMNS)>;
var<workgroup> left_gates: array<f32, select(1u, C * PITCH, BY_KEY)>;
var<workgroup> right_gates: array<f32, select(1u, C * PITCH, BY_KEY)>;

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

fn multiply_pairs(chunk: Chunk, thread: u32) {
  let row = thread / 16u;
  let column = thread % 16u;
  var sums: array<f32, SHARE * SHARE>;
  for (var base = 0u; base < K; base += SLICE) {
    workgroupBarrier();
    for (var e = thread; e < C * SLICE; e += 256u) {
      stage_pair(chunk, e / SLICE, base + e % SLICE, e / SLICE * PITCH + e % SLICE);
    }
    workgroupBarrier();
    for (var i = 0u; i < SLICE; i++) {
      for (var a = 0u; a < SHARE; a++) {
        let t = (row + 16u * a) * PITCH + i;
        for (var b = 0u; b < SHARE; b++) {
          let w = (column + 16u * b) * PITCH + i;
          var product = left[t] * right[w];
          if (BY_KEY) {
            // pairs that are not seen would have a positive exponent
            product *= exp(min(left_gates[t] - right_gates[w], 0.0));
          }
          sums[a * SHARE + b] += product;
        }
      }
    }
  }
  for (var a = 0u; a < SHARE; a++) {
    let t = row + 16u * a;
    for (var b = 0u; b < SHARE; b++) {
      let w = column + 16u * b;
      var sum = 0.0;
      if (t < reads_of(chunk) && w < seen_by(t).writes) {
        sum = sums[a * SHARE + b];
        if (BY_PAIR) {
          sum *= exp(gate_sum(chunk, seen_by(t).tokens, 0u) - gate_sum(chunk, w / p.steps + 1u, 0u));
        }
      }
      pairs[t * C + w] = sum;
    }
  }
  workgroupBarrier();
}

fn stage_pair(chunk: Chunk, row: u32, i: u32, at: u32) {
  let reads = row < reads_of(chunk) && i < K;
  let writes = row < chunk.writes && i < K;
  left[at] = 0.0;
  right[at] = 0.0;
  if (reads) {
    left[at] = reader(chunk, row, i);
  }
  if (writes) {
    right[at] = f32(keys[((chunk.token * p.steps + row) * (p.HV / p.key_group) + chunk.head / p.key_group) * K + i]);
  }
  if (BY_KEY) {
    left_gates[at] = 0.0;
    right_gates[at] = 0.0;
    if (reads) {
      left_gates[at] = gate_sum(chunk, seen_by(row).tokens, i);
    }
    if (writes) {
      right_gates[at] = gate_sum(chunk, row / p.steps + 1u, i);
    }
  }
}
