// The state before every chunk, from what each adds, in place: S' = e^{G_end} S + added. A thread an element of a sequence's state, over
// its chunks in order.
const K = 64u;
const AHEAD = 8u; // chunks whose loads are under way at once

struct Params {
  count: u32, // elements: sequences · HV · K · V
  longest: u32, // tokens that a chunk may have
  HV: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> spans: array<vec4u>; // [sequences]: index, first token, tokens, first chunk
@group(0) @binding(2) var<storage, read_write> states: array<f32>; // [chunks, HV, K, V]

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
  let size = p.HV * K * p.V;
  let element = index % size;
  let span = spans[index / size];
  let channel = select(select(0u, element % p.V, BY_VALUE), element / p.V % K, BY_KEY);

  var S = state_load(span.x * size + element);
  let at = span.w * size + element;
  let count = (span.z + p.longest - 1u) / p.longest;
  for (var first = 0u; first < count; first += AHEAD) {
    var added: array<f32, AHEAD>;
    var fade: array<f32, AHEAD>;
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      // chunks beyond the last are the last again, and not used
      let n = min(first + i, count - 1u);
      let done = n * p.longest;
      let chunk = Chunk(span.y + done, min(p.longest, span.z - done), element / p.V / K);
      added[i] = states[at + n * size];
      fade[i] = exp(gate_sum(chunk, chunk.tokens, channel));
    }
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (first + i < count) {
        states[at + (first + i) * size] = S;
        S = S * fade[i] + added[i];
      }
    }
  }
  state_store(span.x * size + element, S);
}
