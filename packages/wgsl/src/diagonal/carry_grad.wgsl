// The gradient of the state after every chunk, from what each gives to the state before it, in place: dS = e^{G_end} dS' + given. A thread
// an element of a sequence's state, over its chunks from the last to the first.
const K = 64u;

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
  for (var n = (span.z + p.longest - 1u) / p.longest; n > 0u; n--) {
    let done = (n - 1u) * p.longest;
    let chunk = Chunk(span.y + done, min(p.longest, span.z - done), element / p.V / K);
    let at = (span.w + n - 1u) * size + element;
    let given = state_grads[at];
    state_grads[at] = grad;
    grad = grad * exp(gate_sum(chunk, chunk.tokens, channel)) + given;
  }
  state_store(span.x * size + element, grad);
}
