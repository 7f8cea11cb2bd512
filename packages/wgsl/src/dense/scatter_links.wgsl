// Chains the places of equal indices in ascending order: first[r] is the first m with index[m] = r, next[m] the next after m.
// One thread an index; `first` starts at M, which ends a chain. Whatever the order of the threads, the chains are the same.
struct Params { M: u32, count: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> index: array<i32>; // [M]
@group(0) @binding(2) var<storage, read_write> first: array<atomic<i32>>; // [count]
@group(0) @binding(3) var<storage, read_write> next: array<i32>; // [M]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let m = flat(wid, nwg) * 256u + lane;
  if (m >= p.M) { return; }
  let row = index[m];
  if (row < 0 || u32(row) >= p.count) { return; }
  atomicMin(&first[row], i32(m));
  var n = m + 1u;
  while (n < p.M && index[n] != row) {
    n++;
  }
  next[m] = i32(n);
}
