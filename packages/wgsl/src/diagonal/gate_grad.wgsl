// A gate of token t is in the sums of t and of all after it in the chunk, and so are
//
//     dg_t = closing + Σ_{τ≥t} (terms_τ − Σ right · apart) + Σ_{τ<t} Σ right · end
//
// over the writes of each token τ, right [writes, HV / right_group, D]: those since t have lost what reads gave them, and those before it keep
// what the state after the chunk gave them.
// terms, which become dg, are those of the reads. A thread a gate that stands before a channel, of a chunk.
const AHEAD = 8u; // tokens whose loads are under way at once

@group(0) @binding(2) var<storage, read> apart: array<f32>; // [writes, HV, D]: what reads gave it, but for weights of e⁰
@group(0) @binding(3) var<storage, read> ends: array<f32>; // [writes, HV, D]: what the state after the chunk gave it
@group(0) @binding(4) var<storage, read> closing: array<f32>; // [chunks, HV, D]
@group(0) @binding(5) var<storage, read_write> terms: array<f32>; // [T, HV, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let d = index % width();
  let head = index / width() % p.HV;
  let chunk = chunk_at(index / width() / p.HV, head);
  let base = (chunk.token * p.HV + head) * width() + d;
  let pitch = p.HV * width();
  var sum = 0.0;
  for (var left = chunk.tokens; left > 0u; left -= min(left, AHEAD)) {
    var gained: array<f32, AHEAD>;
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      // tokens before the first are the first again, and not used
      let token = max(left, i + 1u) - i - 1u;
      gained[i] = terms[base + token * pitch] - given(chunk, token, d).x;
    }
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (i < left) {
        sum += gained[i];
        terms[base + (left - i - 1u) * pitch] = sum;
      }
    }
  }
  sum = closing[index];
  for (var first = 0u; first < chunk.tokens; first += AHEAD) {
    var since: array<f32, AHEAD>;
    var ended: array<f32, AHEAD>;
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      let token = min(first + i, chunk.tokens - 1u);
      since[i] = terms[base + token * pitch];
      ended[i] = given(chunk, token, d).y;
    }
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (first + i < chunk.tokens) {
        terms[base + (first + i) * pitch] = since[i] + sum;
        sum += ended[i];
      }
    }
  }
}

// What reads, and the state after the chunk, gave a token's writes, times these.
fn given(chunk: Chunk, token: u32, d: u32) -> vec2f {
  var sum = vec2f();
  for (var w = token * STEPS; w < (token + 1u) * STEPS; w++) {
    let row = write_row(chunk, w);
    let x = right1((row * (p.HV / p.right_group) + chunk.head / p.right_group) * width() + d);
    let at = (row * p.HV + chunk.head) * width() + d;
    sum += x * vec2f(apart[at], ends[at]);
  }
  return sum;
}
