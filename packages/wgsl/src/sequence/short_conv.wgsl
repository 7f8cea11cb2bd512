// y_t = Σ_w x_{t−W+1+w} weight[:, w] + bias, channel by channel, within a sequence; one thread an element.
alias X = f32; // storage of x and o
alias WEIGHT = f32; // storage of weight

const SILU = false; // whether o = silu(y)

struct Params { count: u32, D: u32, W: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> weight: array<WEIGHT>; // [D, W]
@group(0) @binding(3) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(4) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(5) var<storage, read_write> o: array<X>; // [T, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let d = i % p.D;
  let t = i / p.D;
  let n = seq_idx[t];
  let place = t - cu_seqlens[n];
  var y = bias_at(d);
  for (var back = 0u; back < p.W; back++) {
    var input = 0.0;
    if (back <= place) {
      input = f32(x[i - back * p.D]);
    } else {
      input = before(n, d, back - place);
    }
    y += input * f32(weight[d * p.W + p.W - 1u - back]);
  }
  if (SILU) {
    y = silu(y);
  }
  o[i] = X(y);
}
