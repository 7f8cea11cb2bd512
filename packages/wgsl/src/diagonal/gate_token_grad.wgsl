// As gate_grad, where a token has one gate: channels are summed up. A workgroup takes a chunk and value head; LANES threads share a token.
const C = 32u; // most writes of a chunk
const TILES = 1u; // of the closing terms
const LANES = 8u;

@group(0) @binding(2) var<storage, read> apart: array<f32>; // [writes, HV, D]: what reads gave it, but for weights of e⁰
@group(0) @binding(3) var<storage, read> ends: array<f32>; // [writes, HV, D]: what the state after the chunk gave it
@group(0) @binding(4) var<storage, read> closing: array<f32>; // [chunks, HV, TILES]
@group(0) @binding(5) var<storage, read_write> terms: array<f32>; // [T, HV]

// of a token, by lane
var<workgroup> since: array<f32, C * LANES>; // what it adds to its gate and those before
var<workgroup> until: array<f32, C * LANES>; // … to those after

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group * 256u >= p.count) { return; }
  let head = group % p.HV;
  let chunk = chunk_at(group / p.HV, head);
  for (var i = thread; i < chunk.tokens * LANES; i += 256u) {
    let token = i / LANES;
    var given = 0.0;
    var ended = 0.0;
    for (var w = token * STEPS; w < (token + 1u) * STEPS; w++) {
      let row = write_row(chunk, w);
      let x = (row * (p.HV / p.right_group) + head / p.right_group) * width();
      let grad = (row * p.HV + head) * width();
      for (var d = i % LANES; d < width(); d += LANES) {
        given += right1(x + d) * apart[grad + d];
        ended += right1(x + d) * ends[grad + d];
      }
    }
    since[i] = -given;
    until[i] = ended;
  }
  workgroupBarrier();
  let at = (chunk.token + thread) * p.HV + head;
  var given = 0.0;
  var ended = 0.0;
  if (thread < chunk.tokens) {
    given = terms[at];
    for (var l = 0u; l < LANES; l++) {
      given += since[thread * LANES + l];
      ended += until[thread * LANES + l];
    }
  }
  workgroupBarrier();
  if (thread < chunk.tokens) {
    since[thread] = given;
    until[thread] = ended;
  }
  workgroupBarrier();
  if (thread < chunk.tokens) {
    var sum = 0.0;
    for (var i = 0u; i < TILES; i++) {
      sum += closing[group * TILES + i];
    }
    for (var token = 0u; token < thread; token++) {
      sum += until[token];
    }
    for (var token = thread; token < chunk.tokens; token++) {
      sum += since[token];
    }
    terms[at] = sum;
  }
}
