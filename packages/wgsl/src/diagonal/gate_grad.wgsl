// A gate of token t is in the sums of t and of all after it in the chunk, and so are
//
//     dg_t = closing + Σ_{τ≥t} (terms_τ − Σ right · apart) + Σ_{τ<t} Σ right · end
//
// over the writes of each token τ: those since t have lost what reads gave them, and those before it keep what the state after the chunk gave them.
// terms, which become dg, are those of the reads. A thread a gate that stands before a channel, of a chunk.
alias RIGHT = f32; // storage of right
@group(0) @binding(2) var<storage, read> right: array<RIGHT>; // [writes, HV / right_group, D]
@group(0) @binding(3) var<storage, read> apart: array<f32>; // [writes, HV, D]: what reads gave it, but for weights of e⁰
@group(0) @binding(4) var<storage, read> ends: array<f32>; // [writes, HV, D]: what the state after the chunk gave it
@group(0) @binding(5) var<storage, read> closing: array<f32>; // [chunks, HV, D]
@group(0) @binding(6) var<storage, read_write> terms: array<f32>; // [T, HV, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let d = index % width();
  let head = index / width() % p.HV;
  let chunk = chunk_at(index / width() / p.HV, head);
  var sum = 0.0;
  for (var token = chunk.tokens; token > 0u; token--) {
    let at = ((chunk.token + token - 1u) * p.HV + head) * width() + d;
    sum += terms[at];
    for (var w = (token - 1u) * p.steps; w < token * p.steps; w++) {
      let row = write_row(chunk, w);
      sum -= right_at(row, head, d) * apart[(row * p.HV + head) * width() + d];
    }
    terms[at] = sum;
  }
  sum = closing[index];
  for (var token = 0u; token < chunk.tokens; token++) {
    terms[((chunk.token + token) * p.HV + head) * width() + d] += sum;
    for (var w = token * p.steps; w < (token + 1u) * p.steps; w++) {
      let row = write_row(chunk, w);
      sum += right_at(row, head, d) * ends[(row * p.HV + head) * width() + d];
    }
  }
}

fn right_at(row: u32, head: u32, d: u32) -> f32 {
  return f32(right[(row * (p.HV / p.right_group) + head / p.right_group) * width() + d]);
}
