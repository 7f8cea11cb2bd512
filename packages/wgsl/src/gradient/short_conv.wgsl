// The input s tokens from a sequence's start is seen by outputs s .. s + W − 1, and kept if it is one of the last W:
//   dx_s = Σ_back dy_{s+back} weight[:, W − 1 − back] + dfinal[:, W − (length − s)]
// Inputs with negative s are those of the initial state: s = w − W in its column w. One thread an input.
alias WEIGHT = f32; // storage of weight

const BEHIND = false; // whether the inputs are those of the initial state

struct Params { count: u32, D: u32, W: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> weight: array<WEIGHT>; // [D, W]
@group(0) @binding(2) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(3) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(4) var<storage, read_write> dx: array<f32>; // [T, D], or [N, D, W]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  var n = i / p.W / p.D;
  var d = i / p.W % p.D;
  if (!BEHIND) {
    n = seq_idx[i / p.D];
    d = i % p.D;
  }
  let first = cu_seqlens[n];
  let length = i32(cu_seqlens[n + 1u] - first);
  let s = select(i32(i / p.D) - i32(first), i32(i % p.W) - i32(p.W), BEHIND);
  var sum = 0.0;
  for (var back = max(0, -s); back < min(i32(p.W), length - s); back++) {
    sum += grad_at((first + u32(s + back)) * p.D + d) * f32(weight[d * p.W + p.W - 1u - u32(back)]);
  }
  let column = i32(p.W) - (length - s);
  if (column >= 0) {
    sum += final_at((n * p.D + d) * p.W + u32(column));
  }
  dx[i] = sum;
}
