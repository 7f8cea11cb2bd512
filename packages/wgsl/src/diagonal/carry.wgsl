// The state before every chunk, from what each adds, in place: S' = e^{G_end} S + added. A thread four columns of a row of a sequence's
// state, over its chunks in order.
const K = 64u;
const AHEAD = 8u; // chunks whose loads are under way at once

struct Params {
  count: u32, // threads with work: sequences · HV · K · fours
  fours: u32, // of a row
  longest: u32, // tokens that a chunk may have
  HV: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> spans: array<vec4u>; // [sequences]: index, first token, tokens, first chunk

struct Chunk {
  token: u32, // its first
  tokens: u32,
  head: u32, // of the values
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 64u + thread;
  if (index >= p.count) { return; }
  let row = index / p.fours % (p.HV * K); // of a state
  let c = index % p.fours * 4u;
  let span = spans[index / (p.fours * p.HV * K)];
  let size = p.HV * K * p.V;
  // columns beyond the last are the last again, and never stored
  let given = (span.x * p.HV * K + row) * p.V + min(c + vec4u(0u, 1u, 2u, 3u), vec4u(p.V - 1u));
  let at = span.w * size + row * p.V + c;

  var S = vec4f(state_load(given.x), state_load(given.y), state_load(given.z), state_load(given.w));
  let count = (span.z + p.longest - 1u) / p.longest;
  for (var first = 0u; first < count; first += AHEAD) {
    var added: array<vec4f, AHEAD>;
    var fade: array<vec4f, AHEAD>;
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      // chunks beyond the last are the last again, and not used
      let n = min(first + i, count - 1u);
      let done = n * p.longest;
      added[i] = states4(at + n * size);
      fade[i] = faded(Chunk(span.y + done, min(p.longest, span.z - done), row / K), row % K, c);
    }
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (first + i < count) {
        states_put4(at + (first + i) * size, p.V - c, S);
        S = S * fade[i] + added[i];
      }
    }
  }
  for (var j = 0u; j < min(4u, p.V - c); j++) {
    state_store(given[j], S[j]);
  }
}

// e^{G_end}
fn faded(chunk: Chunk, i: u32, c: u32) -> vec4f {
  if (BY_VALUE) { return exp(gate_sum4(chunk, chunk.tokens, c)); }
  return vec4f(exp(gate_sum(chunk, chunk.tokens, select(0u, i, BY_KEY))));
}
