// o[m] = x[index[m]], zeros where the index is outside; one thread an element, or four of them
// as one.
alias X = f32; // storage of x and o

struct Params { count: u32, width: u32, rows: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, width]
@group(0) @binding(2) var<storage, read> index: array<i32>; // [M]
@group(0) @binding(3) var<storage, read_write> o: array<X>; // [M, width]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let row = index[i / p.width];
  var value = X(0);
  if (row >= 0 && u32(row) < p.rows) {
    value = x[u32(row) * p.width + i % p.width];
  }
  o[i] = value;
}
