// dk_j = scale Σ_i s_ij q_i and dv_j = Σ_i p_ij grad_i over the queries of all heads that share the key head, and for each of these
// heads dG_j = Σ_i s_ji − Σ_i s_ij. The first sum is minus what the sink drains from j's own query: softmax takes as it gives.
// A workgroup takes 16 keys of one key head and walks over the queries that see them, 16 at a time; a thread keeps every 64th
// channel of all its keys. The three results lie beside one another, so that one buffer holds them.
const K_CHANNELS = (K + 63u) / 64u; // a thread's
const V_CHANNELS = (V + 63u) / 64u;
const K_FOURS = 4u * K_CHANNELS;
const V_FOURS = 4u * V_CHANNELS;

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

  var dk: array<vec4f, K_FOURS>; // [channel, key / 4]
  var dv: array<vec4f, V_FOURS>; // [channel, key / 4]
  for (var member = 0u; member < group; member++) {
    let head = kv_head * group + member;
    var lost = vec4f(0.0); // by four keys, in the first four threads
    for (var i0 = start; i0 < stop; i0 += TILE) {
      workgroupBarrier();
      weigh(i0, stop, first, end, shift, head, lane);
      workgroupBarrier();
      for (var a = 0u; a < min(TILE, stop - i0); a++) {
        let query = (i0 + a) * p.HQ + head;
        if (lane < 4u) {
          lost += slopes[a * 4u + lane];
        }
        // unroll
        for (var c = 0u; c < K_CHANNELS; c++) {
          let x = f32(q[query * K + min(c * 64u + lane, K - 1u)]);
          // unroll
          for (var f = 0u; f < 4u; f++) {
            dk[c * 4u + f] += slopes[a * 4u + f] * x;
          }
        }
        // unroll
        for (var c = 0u; c < V_CHANNELS; c++) {
          let x = f32(grad[query * V + min(c * 64u + lane, V - 1u)]);
          // unroll
          for (var f = 0u; f < 4u; f++) {
            dv[c * 4u + f] += weights[a * 4u + f] * x;
          }
        }
      }
    }
    // unroll
    for (var e = 0u; e < 4u; e++) {
      let j = first + 4u * lane + e;
      if (p.gates > 0u && lane < 4u && j < end) {
        var drained = 0.0;
        if (j >= queries_start + shift) {
          drained = stats[3u * ((j - shift) * p.HQ + head) + 2u];
        }
        out[(j * p.H + kv_head) * width + K + V + member] = -drained - lost[e];
      }
    }
  }
  // unroll
  for (var b = 0u; b < TILE; b++) {
    let at = ((first + b) * p.H + kv_head) * width;
    // unroll
    for (var c = 0u; c < K_CHANNELS; c++) {
      if (first + b < end && c * 64u + lane < K) {
        out[at + c * 64u + lane] = p.scale * dk[c * 4u + b / 4u][b % 4u];
      }
    }
    // unroll
    for (var c = 0u; c < V_CHANNELS; c++) {
      if (first + b < end && c * 64u + lane < V) {
        out[at + K + c * 64u + lane] = dv[c * 4u + b / 4u][b % 4u];
      }
    }
  }
}
