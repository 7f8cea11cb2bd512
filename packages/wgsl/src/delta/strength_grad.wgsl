// dβ = ⟨z, v − r⟩ where y = β (v − r): r formed afresh, as β may be 0. A workgroup a row and value head, whose threads share V.
struct Params {
  groups: u32, // rows · HV
  V: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> o: array<f32>; // [rows, HV]

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  var sum = 0.0;
  for (var c = 4u * lane; c < p.V; c += 4u * LANES) {
    let at = group * p.V + c;
    let terms = z4(at) * (v4(at) - r4(at));
    sum += dot(select(vec4f(), terms, c + vec4u(0u, 1u, 2u, 3u) < vec4u(p.V)), vec4f(1.0));
  }
  let all = sum_lanes(sum, lane);
  if (lane == 0u) {
    o[group] = all;
  }
}
