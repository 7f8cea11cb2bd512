// The gradient of the state after every chunk where written values answer an erase, y = U + W S. From the last chunk to the first,
//
//     dy_w += (e^{G_end − G_w} k_w)ᵀ dS'        dS = e^{G_end} dS' + given + Σ_r W_r dy_rᵀ
//
// in place of `given`, what the queries give to the state before a chunk. One workgroup a sequence, value head and tile of COLUMNS value
// columns; a thread keeps a column of dS.
alias KEY = f32; // storage of keys

const K = 64u;
const COLUMNS = 64u;
const EVERY = 1u; // writes of a row: the first of them answers an erase

struct Params {
  groups: u32, // workgroups with work: sequences · HV · tiles
  tiles: u32, // of value columns
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
@group(0) @binding(4) var<storage, read_write> dy: array<f32>; // [writes, HV, V]
@group(0) @binding(5) var<storage, read_write> state_grads: array<f32>; // [chunks, HV, K, V]

struct Chunk {
  token: u32, // its first
  tokens: u32,
  head: u32, // of the values
}

var<private> dS: array<f32, K>; // the thread's column

@compute @workgroup_size(COLUMNS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let span = spans[group / p.tiles / p.HV];
  let head = group / p.tiles % p.HV;
  let c = group % p.tiles * COLUMNS + thread;
  if (c >= p.V) { return; }

  let state = (span.x * p.HV + head) * K * p.V + c;
  for (var i = 0u; i < K; i++) {
    dS[i] = state_load(state + i * p.V);
  }
  for (var n = (span.z + p.longest - 1u) / p.longest; n > 0u; n--) {
    let done = (n - 1u) * p.longest;
    let chunk = Chunk(span.y + done, min(p.longest, span.z - done), head);
    for (var w = 0u; w < chunk.tokens * p.steps; w++) {
      dy[((chunk.token * p.steps + w) * p.HV + head) * p.V + c] += gained(chunk, w);
    }
    let at = ((span.w + n - 1u) * p.HV + head) * K * p.V + c;
    for (var i = 0u; i < K; i++) {
      let given = state_grads[at + i * p.V];
      state_grads[at + i * p.V] = dS[i];
      dS[i] = dS[i] * exp(gate_sum(chunk, chunk.tokens, select(0u, i, BY_KEY))) + given;
    }
    let first = chunk.token * p.steps / EVERY;
    for (var r = first; r < first + chunk.tokens * p.steps / EVERY; r++) {
      let grad = dy[(r * EVERY * p.HV + head) * p.V + c];
      for (var i = 0u; i < K; i++) {
        dS[i] += state_reads[(r * p.HV + head) * K + i] * grad;
      }
    }
  }
  for (var i = 0u; i < K; i++) {
    state_store(state + i * p.V, dS[i]);
  }
}

fn gained(chunk: Chunk, w: u32) -> f32 {
  let key = ((chunk.token * p.steps + w) * (p.HV / p.key_group) + chunk.head / p.key_group) * K;
  let token = w / p.steps + 1u;
  var sum = 0.0;
  for (var i = 0u; i < K; i++) {
    var product = f32(keys[key + i]) * dS[i];
    if (BY_KEY) {
      product *= exp(gate_sum(chunk, chunk.tokens, i) - gate_sum(chunk, token, i));
    }
    sum += product;
  }
  if (BY_PAIR) {
    sum *= exp(gate_sum(chunk, chunk.tokens, 0u) - gate_sum(chunk, token, 0u));
  }
  return sum;
}
