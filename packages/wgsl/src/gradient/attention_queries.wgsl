// dq_i = scale Σ_j s_ij k_j with the logits' gradients s. A workgroup takes 16 queries of one head and walks over the keys they see,
// 16 at a time; a thread keeps every 64th channel of all its queries.
const CHANNELS = (K + 63u) / 64u; // a thread's
const FOURS = 4u * CHANNELS;

// tiles: first query, end of queries, start and end of keys
@group(0) @binding(7) var<storage, read_write> dq: array<f32>; // [T, HQ, K]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat(wid, nwg);
  if (index >= p.tiles * p.HQ) { return; }
  let head = index % p.HQ;
  let kv_head = head / (p.HQ / p.H);
  let tile = index / p.HQ * 4u;
  let first = tiles[tile];
  let end = tiles[tile + 1u];
  let shift = tiles[tile + 3u] - end;
  let last = min(first + TILE, end) - 1u;
  let start = max(tiles[tile + 2u], first + shift + 1u - min(p.window, first + shift + 1u));

  var sum: array<vec4f, FOURS>; // [channel, query / 4]
  for (var j0 = start; j0 <= last + shift; j0 += TILE) {
    workgroupBarrier();
    weigh(first, end, j0, last + shift + 1u, shift, head, lane);
    workgroupBarrier();
    for (var b = 0u; b < min(TILE, last + shift + 1u - j0); b++) {
      let key = ((j0 + b) * p.H + kv_head) * K;
      // unroll
      for (var c = 0u; c < CHANNELS; c++) {
        let x = f32(k[key + min(c * 64u + lane, K - 1u)]);
        // unroll
        for (var f = 0u; f < 4u; f++) {
          sum[c * 4u + f] += slopes[b * 4u + f] * x;
        }
      }
    }
  }
  // unroll
  for (var c = 0u; c < CHANNELS; c++) {
    // unroll
    for (var a = 0u; a < TILE; a++) {
      if (first + a <= last && c * 64u + lane < K) {
        dq[((first + a) * p.HQ + head) * K + c * 64u + lane] = p.scale * sum[c * 4u + a / 4u][a % 4u];
      }
    }
  }
}
