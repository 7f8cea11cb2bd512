// The gradient of the state after every chunk, from what each gives to the state before it, in place: dS = e^{G_end} dS' + given. A thread
// an element of a sequence's state, over its chunks from the last to the first.
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
@group(0) @binding(2) var<storage, read_write> state_grads: array<f32>; // [chunks, HV, K, V]

struct Chunk {
  token: u32, // its first
  tokens: u32,
  head: u32, // of the values
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let size = p.HV * K * p.V;
  let element = index % size;
  let span = spans[index / size];
  let channel = select(select(0u, element % p.V, BY_VALUE), element / p.V % K, BY_KEY);

  var grad = state_load(span.x * size + element);
  let at = span.w * size + element;
  for (var left = (span.z + p.longest - 1u) / p.longest; left > 0u; left -= min(left, AHEAD)) {
    var given: array<f32, AHEAD>;
    var fade: array<f32, AHEAD>;
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      // chunks before the first are the first again, and not used
      let n = max(left, i + 1u) - i - 1u;
      let done = n * p.longest;
      let chunk = Chunk(span.y + done, min(p.longest, span.z - done), element / p.V / K);
      given[i] = state_grads[at + n * size];
      fade[i] = exp(gate_sum(chunk, chunk.tokens, channel));
    }
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (i < left) {
        state_grads[at + (left - i - 1u) * size] = grad;
        grad = grad * fade[i] + given[i];
      }
    }
  }
  state_store(span.x * size + element, grad);
}
