// o[i] = scale · x[i] + shift, x and o [count]; one thread four elements.
struct Params { fours: u32, count: u32, scale: f32, shift: f32 }
@group(0) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let four = flat(wid, nwg) * 256u + lane;
  if (four >= p.fours) { return; }
  let i = 4u * four;
  o_put4(i, p.count - i, p.scale * x4(i) + p.shift);
}
