// parts[b] = Σ_t dy_t x_{t−W+1+w} and Σ_t dy_t over the tokens of block b: shares in the gradients of weight and bias.
// One thread a block and element of weight, or of bias.
alias X = f32; // storage of x
alias GRAD = f32; // storage of dy

struct Params { count: u32, T: u32, D: u32, W: u32, block: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> dy: array<GRAD>; // [T, D]
@group(0) @binding(3) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(4) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(5) var<storage, read_write> parts: array<f32>; // [blocks, D · W + D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let e = i % (p.D * p.W + p.D);
  let b = i / (p.D * p.W + p.D);
  let of_bias = e >= p.D * p.W;
  let d = select(e / p.W, e - p.D * p.W, of_bias);
  let back = p.W - 1u - e % p.W;
  var sum = 0.0;
  for (var t = b * p.block; t < min((b + 1u) * p.block, p.T); t++) {
    var input = 1.0;
    if (!of_bias) {
      let n = seq_idx[t];
      let place = t - cu_seqlens[n];
      if (back <= place) {
        input = f32(x[(t - back) * p.D + d]);
      } else {
        input = before(n, d, back - place);
      }
    }
    sum += f32(dy[t * p.D + d]) * input;
  }
  parts[i] = sum;
}
