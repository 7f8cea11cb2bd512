// dβ = ⟨z, v − r⟩ where y = β (v − r): r formed afresh, as β may be 0. A thread an element.
alias VALUE = f32; // storage of v

struct Params {
  count: u32, // elements of o
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> z: array<f32>; // [rows, HV, V]
@group(0) @binding(2) var<storage, read> v: array<VALUE>; // [rows, HV, V]
@group(0) @binding(3) var<storage, read> r: array<f32>; // [rows, HV, V]
@group(0) @binding(4) var<storage, read_write> o: array<f32>; // [rows, HV]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  var sum = 0.0;
  for (var at = index * p.V; at < (index + 1u) * p.V; at++) {
    sum += z[at] * (f32(v[at]) - r[at]);
  }
  o[index] = sum;
}
