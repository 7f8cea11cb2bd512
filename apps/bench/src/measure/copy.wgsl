// y[i] = x[i]: what memory gives, every invocation four vectors apart by a workgroup's width
const WIDTH = 256u;

struct Params { count: u32 } // vectors

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;       // [count]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>; // [count]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) nwg: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (wid.x + wid.y * nwg.x) * 4u * WIDTH + lane;
  for (var j = 0u; j < 4u; j++) {
    let i = first + j * WIDTH;
    if (i < params.count) { y[i] = x[i]; }
  }
}
