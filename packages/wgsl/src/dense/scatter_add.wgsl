// o[r] = Σ rows[m] over the chain of places m with index[m] = r, in ascending order; one thread an element.
alias X = f32; // storage of rows and o

struct Params { count: u32, width: u32, M: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rows: array<X>; // [M, width]
@group(0) @binding(2) var<storage, read> first: array<i32>; // [R]
@group(0) @binding(3) var<storage, read> next: array<i32>; // [M]
@group(0) @binding(4) var<storage, read_write> o: array<X>; // [R, width]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let column = i % p.width;
  var sum = 0.0;
  for (var m = u32(first[i / p.width]); m < p.M; m = u32(next[m])) {
    sum += f32(rows[m * p.width + column]);
  }
  o[i] = X(sum);
}
