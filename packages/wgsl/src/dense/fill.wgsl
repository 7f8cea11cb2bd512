// o[i] = value; one thread an element.
alias VALUE = f32; // i32 where o is
alias O = f32; // storage of o

struct Params { count: u32, value: VALUE }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> o: array<O>; // [count]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  o[i] = O(p.value);
}
