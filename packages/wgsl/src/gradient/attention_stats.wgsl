// Of every query and head: the log of its softmax's denominator, delta = grad · o, and the gradient that its sink gets,
// −exp(sink − log) delta. o itself may be stored in too few bits: delta is the mean of grad · v_j in the same pass over the keys.
// A workgroup takes 16 queries of one head; 4 threads share a query, each with every 4th key.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v
alias GRAD = f32; // storage of grad

struct Params { tiles: u32, HQ: u32, H: u32, K: u32, V: u32, window: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, HQ, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [TK, H, K]
@group(0) @binding(3) var<storage, read> v: array<VALUE>; // [TK, H, V]
@group(0) @binding(4) var<storage, read> grad: array<GRAD>; // [T, HQ, V]
@group(0) @binding(5) var<storage, read> tiles: array<u32>; // [tiles, 4]: first query, end of queries, start and end of keys
@group(0) @binding(6) var<storage, read_write> stats: array<f32>; // [T, HQ, 3]

var<workgroup> parts: array<vec3f, 64>; // [query, part]: the largest logit, the sum of weights relative to it, of weights · (grad · v)

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
  let end = tiles[tile + 1u];
  let keys_start = tiles[tile + 2u];
  let shift = tiles[tile + 3u] - end;
  let part = lane % 4u;
  let t = tiles[tile] + lane / 4u;
  let query = min(t, end - 1u);
  let row = query * p.HQ + head;
  let place = query + shift;
  let oldest = max(keys_start, place + 1u - min(p.window, place + 1u));

  let own = forgotten(place, head);
  var highest = LOWEST;
  var sum = 0.0;
  var mean = 0.0;
  for (var j = oldest + part; j <= place; j += 4u) {
    var product = 0.0;
    for (var c = 0u; c < p.K; c++) {
      product += f32(q[row * p.K + c]) * f32(k[(j * p.H + kv_head) * p.K + c]);
    }
    var slope = 0.0;
    for (var c = 0u; c < p.V; c++) {
      slope += f32(grad[row * p.V + c]) * f32(v[(j * p.H + kv_head) * p.V + c]);
    }
    let logit = p.scale * product + own - forgotten(j, head);
    let top = max(highest, logit);
    let fade = exp(highest - top);
    let weight = exp(logit - top);
    sum = sum * fade + weight;
    mean = mean * fade + weight * slope;
    highest = top;
  }
  parts[lane] = vec3f(highest, sum, mean);
  workgroupBarrier();
  if (part > 0u || t >= end) { return; }
  highest = sink_at(head);
  for (var i = 0u; i < 4u; i++) {
    highest = max(highest, parts[lane + i].x);
  }
  sum = 0.0;
  if (SINK) {
    sum = exp(sink_at(head) - highest);
  }
  mean = 0.0;
  for (var i = 0u; i < 4u; i++) {
    let found = parts[lane + i];
    sum += exp(found.x - highest) * found.y;
    mean += exp(found.x - highest) * found.z;
  }
  let delta = mean / sum;
  let denominator = highest + log(sum);
  stats[3u * row] = denominator;
  stats[3u * row + 1u] = delta;
  stats[3u * row + 2u] = 0.0;
  if (SINK) {
    stats[3u * row + 2u] = -exp(sink_at(head) - denominator) * delta;
  }
}
