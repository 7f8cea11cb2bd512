// G_t = Σ g over the tokens of t's chunk up to and including t. A thread takes a chunk and a channel.
alias GATE = f32; // storage of g

const AHEAD = 32u; // tokens whose loads are under way at once

struct Params {
  chunks: u32,
  width: u32, // channels of a token: HV, HV · K or HV · V
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read> g: array<GATE>; // [T, width]
@group(0) @binding(3) var<storage, read_write> gates: array<f32>; // [T, width]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 64u + thread;
  if (index >= p.chunks * p.width) { return; }
  let channel = index % p.width;
  let chunk = chunks[index / p.width];
  var sum = 0.0;
  let end = chunk.x + chunk.y;
  for (var first = chunk.x; first < end; first += AHEAD) {
    var x: array<f32, AHEAD>;
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      // tokens beyond the last are the last again, and not used
      x[i] = f32(g[min(first + i, end - 1u) * p.width + channel]);
    }
    // unroll
    for (var i = 0u; i < AHEAD; i++) {
      if (first + i < end) {
        sum += x[i];
        gates[(first + i) * p.width + channel] = sum;
      }
    }
  }
}
