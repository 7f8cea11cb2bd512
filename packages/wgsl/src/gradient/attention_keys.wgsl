// dk_j = scale Σ_i s_ij q_i and dv_j = Σ_i p_ij grad_i over the queries of all heads that share the key head, and for each of these
// heads dG_j = Σ_i s_ji − Σ_i s_ij. The first sum is minus what the sink drains from j's own query: softmax takes as it gives.
// A workgroup takes 16 keys of one key head and walks over the queries that see them, 16 at a time; a thread keeps every 64th
// channel of all its keys. The three results lie beside one another, so that one buffer holds them.
const K_CHANNELS = (K + 63u) / 64u; // a thread's
const V_CHANNELS = (V + 63u) / 64u;
const K_SUMS = TILE * K_CHANNELS;
const V_SUMS = TILE * V_CHANNELS;

// tiles: first key, end of keys, start and end of queries
@group(0) @binding(7) var<storage, read_write> out: array<f32>; // [TK, H, K + V + gates]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat(wid, nwg);
  if (index >= p.tiles * p.H) { return; }
  let kv_head = index % p.H;
  let group = p.HQ / p.H;
  let tile = index / p.H * 4u;
  let first = tiles[tile];
  let keys_end = tiles[tile + 1u];
  let queries_start = tiles[tile + 2u];
  let queries_end = tiles[tile + 3u];
  let shift = keys_end - queries_end;
  let end = min(first + TILE, keys_end);
  let start = max(queries_start, first - min(first, shift));
  // the last key is seen by window queries from its own on
  let stop = queries_end - min(queries_end - queries_start, keys_end - end - min(keys_end - end, p.window - 1u));
  let width = K + V + p.gates;

  var dk: array<f32, K_SUMS>; // [channel, key]
  var dv: array<f32, V_SUMS>; // [channel, key]
  for (var member = 0u; member < group; member++) {
    let head = kv_head * group + member;
    var lost = 0.0;
    for (var i0 = start; i0 < stop; i0 += TILE) {
      workgroupBarrier();
      weigh(i0, stop, first, end, shift, head, lane);
      workgroupBarrier();
      for (var a = 0u; a < min(TILE, stop - i0); a++) {
        let query = (i0 + a) * p.HQ + head;
        if (lane < TILE) {
          lost += slopes[a * TILE + lane];
        }
        // unroll
        for (var c = 0u; c < K_CHANNELS; c++) {
          let x = f32(q[query * K + min(c * 64u + lane, K - 1u)]);
          // unroll
          for (var b = 0u; b < TILE; b++) {
            dk[c * TILE + b] += slopes[a * TILE + b] * x;
          }
        }
        // unroll
        for (var c = 0u; c < V_CHANNELS; c++) {
          let x = f32(grad[query * V + min(c * 64u + lane, V - 1u)]);
          // unroll
          for (var b = 0u; b < TILE; b++) {
            dv[c * TILE + b] += weights[a * TILE + b] * x;
          }
        }
      }
    }
    let j = first + lane;
    if (p.gates > 0u && lane < TILE && j < end) {
      if (j >= queries_start + shift) {
        lost += stats[3u * ((j - shift) * p.HQ + head) + 2u];
      }
      out[(j * p.H + kv_head) * width + K + V + member] = -lost;
    }
  }
  // unroll
  for (var b = 0u; b < TILE; b++) {
    let at = ((first + b) * p.H + kv_head) * width;
    // unroll
    for (var c = 0u; c < K_CHANNELS; c++) {
      if (first + b < end && c * 64u + lane < K) {
        out[at + c * 64u + lane] = p.scale * dk[c * TILE + b];
      }
    }
    // unroll
    for (var c = 0u; c < V_CHANNELS; c++) {
      if (first + b < end && c * 64u + lane < V) {
        out[at + K + c * 64u + lane] = dv[c * TILE + b];
      }
    }
  }
}
