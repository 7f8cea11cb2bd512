// x[i] = NaN, whether x is read as f32, as f16 or as bits; 256 words a workgroup.
@group(0) @binding(1) var<storage, read_write> x: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) nwg: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (wid.x + wid.y * nwg.x) * 256 + lane;
  if (i < arrayLength(&x)) { x[i] = 0xffffffff; }
}
