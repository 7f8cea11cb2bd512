// What the reads of a chunk give back to the state at its start:  o_de = Σ_t e^{G_t} x_td r_te, r being the gradients of their results. D is K.
// A thread an element.
alias LEFT = f32; // storage of left
@group(0) @binding(2) var<storage, read> left: array<LEFT>; // x [reads, HV / left_group, K]
@group(0) @binding(3) var<storage, read> results: array<f32>; // r [reads, HV, V]
@group(0) @binding(4) var<storage, read_write> o: array<f32>; // [chunks, HV, K, V]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let c = index % p.V;
  let i = index / p.V % K;
  let head = index / p.V / K % p.HV;
  let chunk = chunk_at(index / p.V / K / p.HV, head);
  let channel = select(select(0u, c, BY_VALUE), i, BY_KEY);
  var sum = 0.0;
  for (var t = 0u; t < reads_of(chunk); t++) {
    let row = read_row(chunk, t);
    let x = f32(left[(row * (p.HV / p.left_group) + head / p.left_group) * K + i]);
    sum += exp(gate_sum(chunk, seen_by(t).tokens, channel)) * x * results[(row * p.HV + head) * p.V + c];
  }
  o[index] = sum;
}
