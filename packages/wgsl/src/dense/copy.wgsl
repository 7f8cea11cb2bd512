// o[r, o_start + j] = x[r, x_start + j]: a window of every row, out of rows or into rows. One thread an element,
// or four of them as one.
alias X = f32; // storage of x and o

struct Params {
  count: u32, // rows · run
  run: u32, // elements copied a row
  x_pitch: u32,
  x_start: u32,
  o_pitch: u32,
  o_start: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, x_pitch]
@group(0) @binding(2) var<storage, read_write> o: array<X>; // [rows, o_pitch]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let row = i / p.run;
  let j = i % p.run;
  o[row * p.o_pitch + p.o_start + j] = x[row * p.x_pitch + p.x_start + j];
}
