// An erase is a read whose result is written. Inside a chunk its reads see its earlier writes: a triangular system, solved once for
// the part that does not depend on the state S at the chunk's start and once for the part that does,
//
//     y = U + W S        r_t = (e^{G_t} x_t)ᵀ S + Σ_w pairs_tw y_w        y_t = respond(r_t)
//
// One workgroup a chunk and value head; a thread takes a column of W or U and substitutes forward. The erase slot supplies reader
// (x), seen_by, EVERY and respond.
alias VALUE = f32; // storage of v

struct Params {
  groups: u32, // workgroups with work: chunks · HV
  steps: u32, // writes of a token
  HV: u32,
  V: u32,
  key_group: u32, // value heads that share a head of keys
  reader_group: u32, // … of x
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read> v: array<VALUE>; // [rows, HV, V]
@group(0) @binding(3) var<storage, read_write> W: array<f32>; // [rows, HV, K]
@group(0) @binding(4) var<storage, read_write> U: array<f32>; // [writes, HV, V]

struct Seen {
  tokens: u32, // whose decay a read sees
  writes: u32,
}

fn reads_of(chunk: Chunk) -> u32 {
  return chunk.writes / EVERY;
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
  for (var c = thread; c < K + p.V; c += 256u) {
    substitute(chunk, c);
  }
}

fn substitute(chunk: Chunk, c: u32) {
  let first = chunk.token * p.steps / EVERY;
  var y: array<f32, C>;
  for (var t = 0u; t < reads_of(chunk); t++) {
    let place = (first + t) * p.HV + chunk.head;
    let seen = seen_by(t);
    var read = 0.0;
    var value = 0.0;
    if (c < K) {
      read = reader(chunk, t, c) * exp(gate_sum(chunk, seen.tokens, select(0u, c, BY_KEY)));
    } else {
      value = f32(v[place * p.V + c - K]);
    }
    for (var w = 0u; w < seen.writes; w++) {
      read += pairs[t * C + w] * y[w];
    }
    let response = respond(place, read, value);
    for (var e = 0u; e < EVERY; e++) {
      y[t * EVERY + e] = response[e];
    }
    if (c < K) {
      W[place * K + c] = response[0];
    } else {
      for (var e = 0u; e < EVERY; e++) {
        U[(((first + t) * EVERY + e) * p.HV + chunk.head) * p.V + c - K] = response[e];
      }
    }
  }
}
