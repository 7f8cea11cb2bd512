// o_t = scale (Σ_i e^{G_t} q_ti S_i + Σ_w pairs_tw y_w + extra_t): the state S at the chunk's start, and the writes y_w that t sees.
//
// One workgroup a chunk and value head; pairs stay in workgroup memory. A thread has every 16th token and, of a tile of COLUMNS value
// columns, every 16th column.
alias Q = f32; // storage of q
alias O = f32; // storage of o
alias VALUE = f32; // storage of values
const AFTER = 1u; // 1: a token sees its own writes and decay; 0: it does not

const WIDE = COLUMNS / 16u;

struct Params {
  groups: u32, // workgroups with work: chunks · HV
  steps: u32, // writes of a token
  HV: u32,
  V: u32,
  key_group: u32, // value heads that share a head of keys
  query_group: u32, // … of q
  scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read> q: array<Q>; // [T, HV / query_group, K]
@group(0) @binding(3) var<storage, read> values: array<VALUE>; // [writes, HV, V]
@group(0) @binding(4) var<storage, read> states: array<f32>; // [chunks, HV, K, V]
@group(0) @binding(5) var<storage, read_write> o: array<O>; // [T, HV, V]

var<workgroup> value_gates: array<f32, select(1u, SLICE * COLUMNS, BY_VALUE)>;

struct Seen {
  tokens: u32, // whose decay a read sees
  writes: u32,
}

fn seen_by(t: u32) -> Seen {
  return Seen(t + AFTER, (t + AFTER) * p.steps);
}

fn reads_of(chunk: Chunk) -> u32 {
  return chunk.tokens;
}

fn reader(chunk: Chunk, t: u32, i: u32) -> f32 {
  return f32(q[((chunk.token + t) * (p.HV / p.query_group) + chunk.head / p.query_group) * K + i]);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let range = chunks[group / p.HV];
  let chunk = Chunk(range.x, range.y, range.y * p.steps, group % p.HV);
  multiply_pairs(chunk, thread);

  let row = thread / 16u;
  let column = thread % 16u;
  for (var first = 0u; first < p.V; first += COLUMNS) {
    // said outright: Tint zeroes a variable without an initializer only once, not in every round of a loop
    var sums = array<f32, SHARE * WIDE>();
    for (var base = 0u; base < K; base += SLICE) {
      workgroupBarrier();
      for (var e = thread; e < C * SLICE; e += 256u) {
        stage_query(chunk, e / SLICE, base + e % SLICE, e / SLICE * PITCH + e % SLICE);
      }
      for (var e = thread; e < SLICE * COLUMNS; e += 256u) {
        let i = base + e / COLUMNS;
        let c = first + e % COLUMNS;
        right[e] = 0.0;
        if (i < K && c < p.V) {
          right[e] = states[(group * K + i) * p.V + c];
        }
      }
      workgroupBarrier();
      for (var i = 0u; i < SLICE; i++) {
        for (var a = 0u; a < SHARE; a++) {
          let x = left[(row + 16u * a) * PITCH + i];
          for (var b = 0u; b < WIDE; b++) {
            sums[a * WIDE + b] += x * right[i * COLUMNS + column + 16u * b];
          }
        }
      }
    }
    var own = array<f32, select(1u, SHARE * WIDE, BY_VALUE)>();
    if (BY_VALUE) {
      for (var a = 0u; a < SHARE; a++) {
        for (var b = 0u; b < WIDE; b++) {
          let t = min(row + 16u * a, chunk.tokens - 1u);
          let c = min(first + column + 16u * b, p.V - 1u);
          own[a * WIDE + b] = gate_sum(chunk, seen_by(t).tokens, c);
          sums[a * WIDE + b] *= exp(own[a * WIDE + b]);
        }
      }
    }
    for (var base = 0u; base < chunk.writes; base += SLICE) {
      workgroupBarrier();
      for (var e = thread; e < SLICE * COLUMNS; e += 256u) {
        stage_value(chunk, base + e / COLUMNS, first + e % COLUMNS, e);
      }
      workgroupBarrier();
      for (var w = 0u; w < SLICE; w++) {
        for (var a = 0u; a < SHARE; a++) {
          let pair = pairs[(row + 16u * a) * C + base + w];
          for (var b = 0u; b < WIDE; b++) {
            let at = w * COLUMNS + column + 16u * b;
            var value = right[at];
            if (BY_VALUE) {
              // what is not seen has a weight of 0 and would have a positive exponent
              value *= exp(min(own[a * WIDE + b] - value_gates[at], 0.0));
            }
            sums[a * WIDE + b] += pair * value;
          }
        }
      }
    }
    for (var a = 0u; a < SHARE; a++) {
      let t = row + 16u * a;
      for (var b = 0u; b < WIDE; b++) {
        let c = first + column + 16u * b;
        if (t < chunk.tokens && c < p.V) {
          let at = ((chunk.token + t) * p.HV + chunk.head) * p.V + c;
          o[at] = O(p.scale * (sums[a * WIDE + b] + extra_at(at)));
        }
      }
    }
  }
}

fn stage_query(chunk: Chunk, t: u32, i: u32, at: u32) {
  left[at] = 0.0;
  if (t < chunk.tokens && i < K) {
    left[at] = reader(chunk, t, i);
    if (BY_PAIR || BY_KEY) {
      left[at] *= exp(gate_sum(chunk, seen_by(t).tokens, select(0u, i, BY_KEY)));
    }
  }
}

fn stage_value(chunk: Chunk, w: u32, c: u32, at: u32) {
  let inside = w < chunk.writes && c < p.V;
  right[at] = 0.0;
  if (inside) {
    right[at] = f32(values[((chunk.token * p.steps + w) * p.HV + chunk.head) * p.V + c]);
  }
  if (BY_VALUE) {
    value_gates[at] = 0.0;
    if (inside) {
      value_gates[at] = gate_sum(chunk, w / p.steps + 1u, c);
    }
  }
}
