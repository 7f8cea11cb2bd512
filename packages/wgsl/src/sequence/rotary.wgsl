// (u, v) → (u cos − v sin, u sin + v cos) for each pair of channels, by the angle of the token's position.
// Pairs are (i, i + half), or (2 i, 2 i + 1) when interleaved; channels beyond 2 · half stay. One thread an element.
alias X = f32; // storage of x and o
alias COS = f32; // storage of cosines
alias SIN = f32; // storage of sines

const INTERLEAVED = false;

struct Params { count: u32, H: u32, D: u32, half: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, H, D]
@group(0) @binding(2) var<storage, read> cosines: array<COS>; // [P, half]
@group(0) @binding(3) var<storage, read> sines: array<SIN>; // [P, half]
@group(0) @binding(4) var<storage, read> positions: array<u32>; // [T]
@group(0) @binding(5) var<storage, read_write> o: array<X>; // [T, H, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let channel = i % p.D;
  if (channel >= 2u * p.half) {
    o[i] = x[i];
    return;
  }
  let apart = select(p.half, 1u, INTERLEAVED);
  let pair = select(channel % p.half, channel / 2u, INTERLEAVED);
  let second = select(channel >= p.half, channel % 2u == 1u, INTERLEAVED);
  let angle = positions[i / p.D / p.H] * p.half + pair;
  let cosine = f32(cosines[angle]);
  let sine = f32(sines[angle]);
  let other = f32(x[select(i + apart, i - apart, second)]);
  o[i] = X(f32(x[i]) * cosine + other * select(-sine, sine, second));
}
