// Weights p_ij = exp(scale q_i · k_j + G_i − G_j − log of i's denominator) of a tile of 16 queries and 16 keys, and their logits'
// gradients p_ij (grad_i · v_j − delta_i). 8 × 8 threads make 2 × 2 of them each, 8 apart.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v
alias GRAD = f32; // storage of grad

const K = 64u;
const V = 64u;
const TILE = 16u;

struct Params { tiles: u32, HQ: u32, H: u32, window: u32, gates: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, HQ, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [TK, H, K]
@group(0) @binding(3) var<storage, read> v: array<VALUE>; // [TK, H, V]
@group(0) @binding(4) var<storage, read> grad: array<GRAD>; // [T, HQ, V]
@group(0) @binding(5) var<storage, read> stats: array<f32>; // [T, HQ, 3]: log of the denominator, delta, the sink's gradient
@group(0) @binding(6) var<storage, read> tiles: array<u32>; // [tiles, 4]

var<workgroup> weights: array<f32, 256>; // [query, key]
var<workgroup> slopes: array<f32, 256>; // [query, key]

// Queries i0 .. i_end − 1 and keys j0 .. j_end − 1 of one sequence, in which query i sits at key i + shift.
fn weigh(i0: u32, i_end: u32, j0: u32, j_end: u32, shift: u32, head: u32, lane: u32) {
  let kv_head = head / (p.HQ / p.H);
  var queries: array<u32, 2>;
  var keys: array<u32, 2>;
  // unroll
  for (var a = 0u; a < 2u; a++) {
    queries[a] = min(i0 + lane / 8u + 8u * a, i_end - 1u) * p.HQ + head;
    keys[a] = min(j0 + lane % 8u + 8u * a, j_end - 1u) * p.H + kv_head;
  }
  var logit: array<f32, 4>;
  for (var c = 0u; c < K; c++) {
    var x: array<f32, 2>;
    var y: array<f32, 2>;
    // unroll
    for (var a = 0u; a < 2u; a++) {
      x[a] = f32(q[queries[a] * K + c]);
      y[a] = f32(k[keys[a] * K + c]);
    }
    // unroll
    for (var e = 0u; e < 4u; e++) {
      logit[e] += x[e / 2u] * y[e % 2u];
    }
  }
  var slope: array<f32, 4>;
  for (var c = 0u; c < V; c++) {
    var x: array<f32, 2>;
    var y: array<f32, 2>;
    // unroll
    for (var a = 0u; a < 2u; a++) {
      x[a] = f32(grad[queries[a] * V + c]);
      y[a] = f32(v[keys[a] * V + c]);
    }
    // unroll
    for (var e = 0u; e < 4u; e++) {
      slope[e] += x[e / 2u] * y[e % 2u];
    }
  }
  // unroll
  for (var e = 0u; e < 4u; e++) {
    let row = lane / 8u + 8u * (e / 2u);
    let column = lane % 8u + 8u * (e % 2u);
    let place = i0 + row + shift;
    let j = j0 + column;
    var weight = 0.0;
    var gradient = 0.0;
    if (i0 + row < i_end && j < j_end && j <= place && place - j < p.window) {
      let at = 3u * queries[e / 2u];
      weight = exp(p.scale * logit[e] + forgotten(place, head) - forgotten(j, head) - stats[at]);
      gradient = weight * (slope[e] - stats[at + 1u]);
    }
    weights[row * TILE + column] = weight;
    slopes[row * TILE + column] = gradient;
  }
}
