// o_i = Σ_j p_ij v_j,  p_ij = softmax_j(scale q_i · k_j + G_i − G_j), j from i − window + 1 to i, in one pass over the keys:
// a new maximum m rescales the sum and the accumulator by exp(m_old − m).
//
// A workgroup takes a tile of QUERIES queries of one sequence and head. It walks over the keys that any of them sees, TILE at a
// time, staged in workgroup memory. SPLIT threads share a query: each takes every SPLIT-th key, and they join at the end.
// A thread keeps its query and its part of the output in registers.
alias Q = f32; // storage of q and o
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v

const K = 64u;
const V = 64u;
const QUERIES = 64u; // QUERIES · SPLIT = 64 threads
const SPLIT = 1u;
const TILE = 16u;
const AT_ONCE = 8u; // channels of the output that are joined at a time

struct Params { tiles: u32, HQ: u32, H: u32, window: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, HQ, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [TK, H, K]
@group(0) @binding(3) var<storage, read> v: array<VALUE>; // [TK, H, V]
@group(0) @binding(4) var<storage, read> tiles: array<u32>; // [tiles, 3]: sequence, its first query of the tile, its end
@group(0) @binding(5) var<storage, read> cu_keys: array<u32>; // [N + 1]
@group(0) @binding(6) var<storage, read_write> o: array<Q>; // [T, HQ, V]

var<workgroup> keys: array<f32, TILE * K>;
var<workgroup> values: array<f32, TILE * V>;
var<workgroup> parts: array<f32, 64>; // [query, part]
var<workgroup> joined: array<f32, AT_ONCE * 64u>; // [channel, query, part]

// The sum, or the maximum, over the SPLIT threads of a query.
fn sum_parts(x: f32, thread: u32) -> f32 {
  workgroupBarrier();
  parts[thread] = x;
  workgroupBarrier();
  for (var half = SPLIT / 2u; half > 0u; half /= 2u) {
    if (thread % SPLIT < half) {
      parts[thread] += parts[thread + half];
    }
    workgroupBarrier();
  }
  return parts[thread / SPLIT * SPLIT];
}

fn max_parts(x: f32, thread: u32) -> f32 {
  workgroupBarrier();
  parts[thread] = x;
  workgroupBarrier();
  for (var half = SPLIT / 2u; half > 0u; half /= 2u) {
    if (thread % SPLIT < half) {
      parts[thread] = max(parts[thread], parts[thread + half]);
    }
    workgroupBarrier();
  }
  return parts[thread / SPLIT * SPLIT];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg);
  if (index >= p.tiles * p.HQ) { return; }
  let head = index % p.HQ;
  let kv_head = head / (p.HQ / p.H);
  let tile = index / p.HQ * 3u;
  let n = tiles[tile];
  let first = tiles[tile + 1u];
  let end = tiles[tile + 2u];
  let last = min(first + QUERIES, end) - 1u;
  // queries align with the last keys: query t sits at key t + shift
  let shift = cu_keys[n + 1u] - end;
  let part = thread % SPLIT;
  let t = first + thread / SPLIT;
  let query = min(t, last);
  let oldest = max(cu_keys[n], query + shift + 1u - min(p.window, query + shift + 1u));
  let walk_start = max(cu_keys[n], first + shift + 1u - min(p.window, first + shift + 1u));

  var of_q: array<f32, K>;
  for (var i = 0u; i < K; i++) {
    of_q[i] = p.scale * f32(q[(query * p.HQ + head) * K + i]);
  }
  let own = forgotten(query + shift, head);
  var highest = LOWEST;
  var sum = 0.0;
  var acc: array<f32, V>;

  for (var j0 = walk_start; j0 <= last + shift; j0 += TILE) {
    workgroupBarrier();
    for (var e = thread; e < TILE * K; e += 64u) {
      let j = min(j0 + e / K, last + shift);
      keys[e] = f32(k[(j * p.H + kv_head) * K + e % K]);
    }
    for (var e = thread; e < TILE * V; e += 64u) {
      let j = min(j0 + e / V, last + shift);
      values[e] = f32(v[(j * p.H + kv_head) * V + e % V]);
    }
    workgroupBarrier();
    for (var c = part; c < TILE; c += SPLIT) {
      let j = j0 + c;
      if (j < oldest || j > query + shift) { continue; }
      var logit = own - forgotten(j, head);
      for (var i = 0u; i < K; i++) {
        logit += of_q[i] * keys[c * K + i];
      }
      if (logit > highest) {
        let fade = exp(highest - logit);
        highest = logit;
        sum *= fade;
        for (var i = 0u; i < V; i++) {
          acc[i] *= fade;
        }
      }
      let weight = exp(logit - highest);
      sum += weight;
      for (var i = 0u; i < V; i++) {
        acc[i] += weight * values[c * V + i];
      }
    }
  }

  let top = max(max_parts(highest, thread), sink_at(head));
  let fade = exp(highest - top);
  var total = sum_parts(sum * fade, thread);
  if (SINK) {
    total += exp(sink_at(head) - top);
  }
  workgroupBarrier();
  parts[thread] = total;
  for (var c0 = 0u; c0 < V; c0 += AT_ONCE) {
    let count = min(AT_ONCE, V - c0);
    workgroupBarrier();
    for (var c = 0u; c < count; c++) {
      joined[c * 64u + thread] = acc[c0 + c] * fade;
    }
    workgroupBarrier();
    for (var e = thread; e < QUERIES * count; e += 64u) {
      let c = e % count;
      let lead = e / count * SPLIT;
      var value = 0.0;
      for (var s = 0u; s < SPLIT; s++) {
        value += joined[c * 64u + lead + s];
      }
      if (first + e / count <= last) {
        o[((first + e / count) * p.HQ + head) * V + c0 + c] = Q(value / parts[lead]);
      }
    }
  }
}
