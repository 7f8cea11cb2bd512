// o[start + i] is the i-th number of six tensors, one after another. One thread an element, or four of them as one.
alias X = f32; // storage of all

struct Params {
  count: u32, // of all
  start: u32,
  end0: u32, // of x0 among them, and so on
  end1: u32,
  end2: u32,
  end3: u32,
  end4: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x0: array<X>;
@group(0) @binding(2) var<storage, read> x1: array<X>;
@group(0) @binding(3) var<storage, read> x2: array<X>;
@group(0) @binding(4) var<storage, read> x3: array<X>;
@group(0) @binding(5) var<storage, read> x4: array<X>;
@group(0) @binding(6) var<storage, read> x5: array<X>;
@group(0) @binding(7) var<storage, read_write> o: array<X>;

fn at(i: u32) -> X {
  if (i < p.end0) { return x0[i]; }
  if (i < p.end1) { return x1[i - p.end0]; }
  if (i < p.end2) { return x2[i - p.end1]; }
  if (i < p.end3) { return x3[i - p.end2]; }
  if (i < p.end4) { return x4[i - p.end3]; }
  return x5[i - p.end4];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  o[p.start + i] = at(i);
}
