// The state S at the start of every chunk, and after the last. The writes that answer an erase depend on it: y = U + W S, in place,
//
//     S' = e^{G_end} S + Σ_w (e^{G_end − G_w} k_w) y_wᵀ
//
// One workgroup a sequence, value head and four value columns, over the chunks in order. A chunk waits for the one before it, so what it
// takes is read ahead, into registers: each number of W and of the keys serves one thread.
alias KEY = f32; // storage of keys

const K = 64u;
const C = 32u; // most writes of a chunk, a multiple of 16
const EVERY = 1u; // writes of a row: the first of them answers an erase
const ROWS = 64u; // a power of two, at least K and 256 / C
const READS = C / EVERY;
const LANES = 256u / READS; // threads that share a read: one has every LANES-th channel
const LONG = (K + LANES - 1u) / LANES;
const PARTS = 256u / ROWS; // threads that share a row of S: one has every PARTS-th write
const DEEP = C / PARTS;

struct Params {
  groups: u32, // workgroups with work: sequences · HV · tiles
  tiles: u32, // of four value columns
  longest: u32, // tokens that a chunk may have
  steps: u32, // writes of a token
  HV: u32,
  V: u32,
  key_group: u32, // value heads that share a head of keys
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> spans: array<vec4u>; // [sequences]: index, first token, tokens, first chunk
@group(0) @binding(2) var<storage, read> keys: array<KEY>; // [writes, HV / key_group, K]
@group(0) @binding(3) var<storage, read> state_reads: array<f32>; // W [rows, HV, K]
@group(0) @binding(4) var<storage, read_write> values: array<f32>; // [writes, HV, V]: U, then y
@group(0) @binding(5) var<storage, read_write> states: array<f32>; // [chunks, HV, K, V]

var<workgroup> S: array<vec4f, max(ROWS, LONG * LANES)>; // 0 from row K on
var<workgroup> y: array<vec4f, C>; // weighted by a gate a pair; 0 after the last write
var<workgroup> sums: array<vec4f, 256>;

// what a thread needs of a chunk; rows and channels beyond the last are the last again, and meet zeros or are not used
var<private> reads: array<f32, LONG>; // of W
var<private> writes: array<KEY, DEEP>; // of the keys
var<private> write_gates: array<f32, select(1u, DEEP, BY_KEY)>;
var<private> end_gate: f32; // G_end
var<private> value: vec4f; // of U
var<private> value_gate: f32;

struct Chunk {
  token: u32, // its first
  tokens: u32,
  writes: u32,
  head: u32, // of the values
}

fn chunk_after(span: vec4u, done: u32, head: u32) -> Chunk {
  let tokens = min(p.longest, span.z - done);
  return Chunk(span.y + done, tokens, tokens * p.steps, head);
}

// columns beyond the last are the last again, and never stored
fn columns(first: u32) -> vec4u {
  return min(first + vec4u(0u, 1u, 2u, 3u), vec4u(p.V - 1u));
}

fn value_index(chunk: Chunk, w: u32) -> u32 {
  return ((chunk.token * p.steps + w) * p.HV + chunk.head) * p.V;
}

fn fetch_reads(chunk: Chunk, thread: u32) {
  let r = min(thread / LANES, chunk.writes / EVERY - 1u);
  let at = ((chunk.token * (p.steps / EVERY) + r) * p.HV + chunk.head) * K;
  for (var j = 0u; j < LONG; j++) {
    reads[j] = state_reads[at + min(thread % LANES + LANES * j, K - 1u)];
  }
}

fn fetch_value(chunk: Chunk, first: u32, thread: u32) {
  let w = min(thread, chunk.writes - 1u);
  let at = value_index(chunk, w) + columns(first);
  value = vec4f(values[at.x], values[at.y], values[at.z], values[at.w]);
  if (BY_PAIR) {
    value_gate = gate_sum(chunk, w / p.steps + 1u, 0u);
  }
}

fn fetch_writes(chunk: Chunk, thread: u32) {
  let i = min(thread % ROWS, K - 1u);
  let heads = p.HV / p.key_group;
  let at = (chunk.token * p.steps * heads + chunk.head / p.key_group) * K + i;
  for (var j = 0u; j < DEEP; j++) {
    let w = min(thread / ROWS + PARTS * j, chunk.writes - 1u);
    writes[j] = keys[at + w * heads * K];
    if (BY_KEY) {
      write_gates[j] = gate_sum(chunk, w / p.steps + 1u, i);
    }
  }
  end_gate = gate_sum(chunk, chunk.tokens, select(0u, i, BY_KEY));
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
  let first = group % p.tiles * 4u;
  let given = ((span.x * p.HV + head) * K + thread) * p.V;

  var row = vec4f(); // of S, in the first K threads
  if (thread < K) {
    let at = given + columns(first);
    row = vec4f(state_load(at.x), state_load(at.y), state_load(at.z), state_load(at.w));
    S[thread] = row;
  }
  if (span.z > 0u) {
    let chunk = chunk_after(span, 0u, head);
    fetch_reads(chunk, thread);
    fetch_value(chunk, first, thread);
    fetch_writes(chunk, thread);
  }
  workgroupBarrier();
  var kept = (span.w * p.HV + head) * K * p.V + first;
  for (var done = 0u; done < span.z; done += p.longest) {
    let chunk = chunk_after(span, done, head);
    // after the last chunk it is the last again
    let next = chunk_after(span, select(done, done + p.longest, done + p.longest < span.z), head);
    for (var e = thread; e < 4u * K; e += 256u) {
      if (first + e % 4u < p.V) {
        states[kept + e / 4u * p.V + e % 4u] = S[e / 4u][e % 4u];
      }
    }
    kept += p.HV * K * p.V;
    var read = vec4f();
    for (var j = 0u; j < LONG; j++) {
      read += reads[j] * S[thread % LANES + LANES * j];
    }
    sums[thread % LANES * READS + thread / LANES] = read;
    workgroupBarrier();
    if (thread < C) {
      var written = vec4f();
      if (thread < chunk.writes) {
        written = value;
        if (thread % EVERY == 0u) {
          for (var l = 0u; l < LANES; l++) {
            written += sums[l * READS + thread / EVERY];
          }
          let at = value_index(chunk, thread) + first;
          for (var b = 0u; b < 4u; b++) {
            if (first + b < p.V) {
              values[at + b] = written[b];
            }
          }
        }
        if (BY_PAIR) {
          written *= exp(end_gate - value_gate);
        }
      }
      y[thread] = written;
    }
    workgroupBarrier();
    // all at once: a device may wait for them at its next barrier
    fetch_reads(next, thread);
    fetch_value(next, first, thread);
    var added = vec4f();
    for (var j = 0u; j < DEEP; j++) {
      var key = f32(writes[j]);
      if (BY_KEY) {
        key *= exp(end_gate - write_gates[j]);
      }
      added += key * y[thread / ROWS + PARTS * j];
    }
    sums[thread] = added;
    let fade = exp(end_gate);
    fetch_writes(next, thread);
    workgroupBarrier();
    if (thread < K) {
      row *= fade;
      for (var part = 0u; part < PARTS; part++) {
        row += sums[part * ROWS + thread];
      }
      S[thread] = row;
    }
    workgroupBarrier();
  }
  if (thread < K) {
    for (var b = 0u; b < 4u; b++) {
      if (first + b < p.V) {
        state_store(given + first + b, row[b]);
      }
    }
  }
}
