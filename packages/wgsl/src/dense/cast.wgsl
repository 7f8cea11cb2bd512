// o[i] = x[i] in another storage type; one thread an element, or four of them as one.
alias X = f32; // storage of x
alias O = f32; // storage of o

struct Params { count: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [count]
@group(0) @binding(2) var<storage, read_write> o: array<O>; // [count]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  o[i] = O(x[i]);
}
