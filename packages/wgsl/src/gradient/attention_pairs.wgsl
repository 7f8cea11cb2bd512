// Weights p_ij = exp(scale q_i · k_j + G_i − G_j − log of i's denominator) of a tile of 16 queries and 16 keys, and their logits'
// gradients p_ij (grad_i · v_j − delta_i). Each of 64 threads makes four of them: of one key and four queries, or the other way.
alias Q = f32; // storage of q
alias KEY = f32; // storage of k
alias VALUE = f32; // storage of v
alias GRAD = f32; // storage of grad

const K = 64u;
const V = 64u;
const TILE = 16u;
const FOUR_QUERIES = true; // else four keys

struct Params { tiles: u32, HQ: u32, H: u32, window: u32, gates: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<Q>; // [T, HQ, K]
@group(0) @binding(2) var<storage, read> k: array<KEY>; // [TK, H, K]
@group(0) @binding(3) var<storage, read> v: array<VALUE>; // [TK, H, V]
@group(0) @binding(4) var<storage, read> grad: array<GRAD>; // [T, HQ, V]
@group(0) @binding(5) var<storage, read> stats: array<f32>; // [T, HQ, 3]: log of the denominator, delta, the sink's gradient
@group(0) @binding(6) var<storage, read> tiles: array<u32>; // [tiles, 4]

var<workgroup> weights: array<vec4f, 64>; // [key, query / 4], or [query, key / 4]
var<workgroup> slopes: array<vec4f, 64>; // likewise

// Queries i0 .. i_end − 1 and keys j0 .. j_end − 1 of one sequence, in which query i sits at key i + shift.
fn weigh(i0: u32, i_end: u32, j0: u32, j_end: u32, shift: u32, head: u32, lane: u32) {
  let four = lane % 4u * 4u + vec4u(0u, 1u, 2u, 3u);
  let one = vec4u(lane / 4u);
  let i = i0 + select(one, four, FOUR_QUERIES);
  let j = j0 + select(four, one, FOUR_QUERIES);
  let a = min(i, vec4u(i_end - 1u)) * p.HQ + head;
  let b = min(j, vec4u(j_end - 1u)) * p.H + head / (p.HQ / p.H);
  var logit = vec4f(0.0);
  for (var c = 0u; c < K; c++) {
    if (FOUR_QUERIES) {
      let x = vec4f(f32(q[a.x * K + c]), f32(q[a.y * K + c]), f32(q[a.z * K + c]), f32(q[a.w * K + c]));
      logit += x * f32(k[b.x * K + c]);
    } else {
      let x = vec4f(f32(k[b.x * K + c]), f32(k[b.y * K + c]), f32(k[b.z * K + c]), f32(k[b.w * K + c]));
      logit += x * f32(q[a.x * K + c]);
    }
  }
  var slope = vec4f(0.0);
  for (var c = 0u; c < V; c++) {
    if (FOUR_QUERIES) {
      let x = vec4f(f32(grad[a.x * V + c]), f32(grad[a.y * V + c]), f32(grad[a.z * V + c]), f32(grad[a.w * V + c]));
      slope += x * f32(v[b.x * V + c]);
    } else {
      let x = vec4f(f32(v[b.x * V + c]), f32(v[b.y * V + c]), f32(v[b.z * V + c]), f32(v[b.w * V + c]));
      slope += x * f32(grad[a.x * V + c]);
    }
  }
  var weight = vec4f(0.0);
  // unroll
  for (var e = 0u; e < 4u; e++) {
    let place = i[e] + shift;
    if (i[e] < i_end && j[e] < j_end && j[e] <= place && place - j[e] < p.window) {
      let held = forgotten(place, head) - forgotten(j[e], head);
      weight[e] = exp(p.scale * logit[e] + held - stats[3u * a[e]]);
      slope[e] = weight[e] * (slope[e] - stats[3u * a[e] + 1u]);
    } else {
      slope[e] = 0.0;
    }
  }
  weights[lane] = weight;
  slopes[lane] = slope;
}
