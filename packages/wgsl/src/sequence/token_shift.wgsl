// o_t = x_{t−1} − x_t within a sequence; one thread an element.
alias X = f32; // storage of x and o

struct Params { count: u32, D: u32, W: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(3) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(4) var<storage, read_write> o: array<X>; // [T, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let t = i / p.D;
  let n = seq_idx[t];
  var previous = 0.0;
  if (t > cu_seqlens[n]) {
    previous = f32(x[i - p.D]);
  } else {
    previous = before(n, i % p.D, 1u);
  }
  o[i] = X(previous - f32(x[i]));
}
