// o[r, h, start + i] = x[r, h / group, i]: writes one part of the stream that holds several small tensors a row and head,
// so that a kernel binds them as one buffer. A part without rows of its own has row stride 0. One thread an element.
alias X = f32; // storage of x

struct Params {
  count: u32, // rows · heads · width
  heads: u32,
  width: u32,
  x_row: u32, // stride of x's rows, 0 to repeat
  group: u32, // heads of o that share one of x
  o_width: u32,
  start: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows or 1, heads / group, width]
@group(0) @binding(2) var<storage, read_write> o: array<f32>; // [rows, heads, o_width]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let j = flat(wid, nwg) * 256u + lane;
  if (j >= p.count) { return; }
  let i = j % p.width;
  let h = j / p.width % p.heads;
  let r = j / p.width / p.heads;
  o[(r * p.heads + h) * p.o_width + p.start + i] = f32(x[r * p.x_row + h / p.group * p.width + i]);
}
