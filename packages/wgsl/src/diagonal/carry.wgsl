// The state before every chunk, from what each adds, in place: S' = e^{G_end} S + added. A thread an element of a sequence's state, over
// its chunks in order.
const K = 64u;

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
  var at = span.w * size + element;
  // read ahead: a load does not wait for the store before it
  var added = states[at];
  for (var done = 0u; done < span.z; done += p.longest) {
    let chunk = Chunk(span.y + done, min(p.longest, span.z - done), element / p.V / K);
    let next = states[min(at + size, arrayLength(&states) - 1u)];
    states[at] = S;
    S = S * exp(gate_sum(chunk, chunk.tokens, channel)) + added;
    added = next;
    at += size;
  }
  state_store(span.x * size + element, S);
}
