// The state before every chunk, from what each adds, in place: S' = e^{G_end} S + given. A thread four columns of a row of a sequence's
// state, over its chunks in order. Backward, from the last to the first, the gradient of the state after every chunk, from what each gives
// to the state before it.
const K = 64u;
const AHEAD = 4u; // chunks whose loads are under way at once, in a ring

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
  let kept = (span.x * p.HV * K + row) * p.V + min(c + vec4u(0u, 1u, 2u, 3u), vec4u(p.V - 1u));
  let at = span.w * size + row * p.V + c;

  var S = vec4f(state_load(kept.x), state_load(kept.y), state_load(kept.z), state_load(kept.w));
  let count = (span.z + p.longest - 1u) / p.longest;
  var given: array<states_FOUR, AHEAD>;
  var fade: array<vec4f, AHEAD>; // its exponent
  // unroll
  for (var i = 0u; i < AHEAD; i++) {
    // chunks beyond the last are the last again, and not used
    let n = visited(min(i, count - 1u), count);
    given[i] = states_load4(at + n * size);
    fade[i] = end_load(chunk_of(span, n, row / K), row % K, c);
  }
  for (var first = 0u; first < count; first += AHEAD) {
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (first + i < count) {
        let n = visited(first + i, count);
        states_put4(at + n * size, p.V - c, S);
        S = S * end_of(fade[i], chunk_of(span, n, row / K)) + states_of4(given[i]);
        let next = visited(min(first + i + AHEAD, count - 1u), count);
        given[i] = states_load4(at + next * size);
        fade[i] = end_load(chunk_of(span, next, row / K), row % K, c);
      }
    }
  }
  for (var j = 0u; j < min(4u, p.V - c); j++) {
    state_store(kept[j], S[j]);
  }
}

fn chunk_of(span: vec4u, n: u32, head: u32) -> Chunk {
  let done = n * p.longest;
  return Chunk(span.y + done, min(p.longest, span.z - done), head);
}

// Of G_end
fn end_load(chunk: Chunk, i: u32, c: u32) -> vec4f {
  if (BY_VALUE) { return gate_sum4(chunk, chunk.tokens, c); }
  return vec4f(gate_load(chunk, chunk.tokens, select(0u, i, BY_KEY)));
}

// e^{G_end}
fn end_of(x: vec4f, chunk: Chunk) -> vec4f {
  if (BY_VALUE) { return exp(x); }
  return vec4f(exp(gate_of(x.x, chunk.tokens)));
}
