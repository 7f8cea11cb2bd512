// o[b, c, r] = x[b, r, c]; a workgroup turns a tile of 16 × 16 in workgroup memory, so that both sides touch neighbours.
alias X = f32; // storage of x and o

struct Params { batches: u32, R: u32, C: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [batches, R, C]
@group(0) @binding(2) var<storage, read_write> o: array<X>; // [batches, C, R]

var<workgroup> tile: array<X, 272>; // [16, 17]: one more column keeps a column out of one memory bank

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_id) at: vec3u,
) {
  let across = (p.C + 15u) / 16u;
  let tiles = across * ((p.R + 15u) / 16u);
  let index = flat(wid, nwg);
  if (index >= p.batches * tiles) { return; }
  let start = index / tiles * p.R * p.C;
  let r0 = index % tiles / across * 16u;
  let c0 = index % tiles % across * 16u;
  if (r0 + at.y < p.R && c0 + at.x < p.C) {
    tile[at.y * 17u + at.x] = x[start + (r0 + at.y) * p.C + c0 + at.x];
  }
  workgroupBarrier();
  if (r0 + at.x < p.R && c0 + at.y < p.C) {
    o[start + (c0 + at.y) * p.R + r0 + at.x] = tile[at.x * 17u + at.y];
  }
}
