// o = a · b + bias for few rows of a, where reading b is the work.
// A workgroup makes ROWS × LANES_N of o. Of its 64 threads LANES_K share a column and split K; neighbouring threads read
// neighbours in b, whichever way b lies. The first of those that share a column adds up what they found.
alias A = f32; // storage of a
alias B = f32; // storage of b
alias O = f32; // storage of o

const ROWS = 1u; // rows of a a workgroup
const B_ROWS = true; // whether neighbours along N are neighbours in b
const LANES_K = select(8u, 4u, B_ROWS);
const LANES_N = 64u / LANES_K;

struct Params { M: u32, N: u32, K: u32, a_m: u32, a_k: u32, b_k: u32, b_n: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<A>; // [M, K], strides a_m and a_k
@group(0) @binding(2) var<storage, read> b: array<B>; // [K, N], strides b_k and b_n
@group(0) @binding(3) var<storage, read_write> o: array<O>; // [M, N]

var<workgroup> sums: array<f32, ROWS * 64u>; // [row, column, part of K]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (p.N + LANES_N - 1u) / LANES_N;
  let tile = flat(wid, nwg);
  if (tile >= across * ((p.M + ROWS - 1u) / ROWS)) { return; }
  let m0 = tile / across * ROWS;
  let part = select(lane % LANES_K, lane / LANES_N, B_ROWS);
  let column = select(lane / LANES_K, lane % LANES_N, B_ROWS);
  let n = tile % across * LANES_N + column;

  var sum: array<f32, ROWS>;
  if (n < p.N) {
    for (var k = part; k < p.K; k += LANES_K) {
      let weight = f32(b[k * p.b_k + n * p.b_n]);
      // unroll
      for (var r = 0u; r < ROWS; r++) {
        // rows beyond the last repeat it and are not stored
        sum[r] += f32(a[min(m0 + r, p.M - 1u) * p.a_m + k * p.a_k]) * weight;
      }
    }
  }
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    sums[r * 64u + column * LANES_K + part] = sum[r];
  }
  workgroupBarrier();
  if (part == 0u && n < p.N) {
    for (var r = 0u; r < min(ROWS, p.M - m0); r++) {
      var whole = bias_at(n);
      for (var i = 0u; i < LANES_K; i++) {
        whole += sums[r * 64u + column * LANES_K + i];
      }
      o[(m0 + r) * p.N + n] = O(whole);
    }
  }
}
