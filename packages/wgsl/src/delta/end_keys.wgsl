// The keys as gates leave them at their chunk's end, e^{G_end − G_w} k_w. A thread four channels of a write.
struct Params {
  count: u32, // fours
  HV: u32,
  V: u32,
  key_group: u32, // value heads that share a head of keys
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read_write> o: array<vec4<NUMBER>>; // [chunks, HV], then rows
alias NUMBER = f32; // storage of o

const EVERY = 1u; // writes of a row

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let i = index % (WIDTH / 4u) * 4u;
  let place = index / (WIDTH / 4u) % (N * EVERY);
  let w = write_at(place);
  let group = index / (WIDTH / 4u) / (N * EVERY);
  let range = chunks[group / p.HV];
  let chunk = Chunk(range.x, range.y, range.y * STEPS, group % p.HV);
  var x = vec4f();
  if (w < chunk.writes) {
    let row = chunk.token * STEPS + w;
    x = keys4((row * (p.HV / p.key_group) + chunk.head / p.key_group) * K + i);
    if (BY_PAIR || BY_KEY) {
      x *= exp(gate_sum4(chunk, chunk.tokens, i) - gate_sum4(chunk, w / STEPS + 1u, i));
    }
    if (WIDTH > K) {
      x = before(x, i, K);
    }
  }
  o[(group * N * EVERY * WIDTH + row_place(place, i)) / 4u] = vec4<NUMBER>(x);
}
