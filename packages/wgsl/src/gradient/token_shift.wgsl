// dx_t = grad_{t+1} − grad_t, where the final state's gradient stands for what follows the last token; the cache is the input
// before the first, which no output subtracts. One thread an input.
const BEHIND = false; // whether the inputs are those of the cache

struct Params { count: u32, D: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(2) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>; // [T, D], or [N, D]

fn seen(n: u32, t: u32, d: u32) -> f32 {
  if (t < cu_seqlens[n + 1u]) { return grad_at(t * p.D + d); }
  return final_at(n * p.D + d);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let row = i / p.D;
  let d = i % p.D;
  if (BEHIND) {
    dx[i] = seen(row, cu_seqlens[row], d);
  } else {
    dx[i] = seen(seq_idx[row], row + 1u, d) - grad_at(i);
  }
}
