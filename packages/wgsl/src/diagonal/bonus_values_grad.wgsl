// Adds the bonus's part to the gradient of v. A thread an element.
struct Params {
  count: u32, // elements of dv
  steps: u32, // rows of a token
  HV: u32,
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> products: array<f32>; // [rows, HV, 2]
@group(0) @binding(2) var<storage, read> grad: array<f32>; // [T, HV, V]
@group(0) @binding(3) var<storage, read_write> dv: array<f32>; // [rows, HV, V]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let row_and_head = index / p.V;
  let token = row_and_head / p.HV / p.steps;
  dv[index] += products[2u * row_and_head] * grad[(token * p.HV + row_and_head % p.HV) * p.V + index % p.V];
}
