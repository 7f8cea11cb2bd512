// o = a · b + bias for matrices of any layout, given by their strides.
// A workgroup makes a tile of 64 × 64 of o. It stages slices of 16 along K in workgroup memory; its 16 × 16 threads each keep
// a block of 4 × 4 in registers: rows 4 y + i, columns x + 16 j, so that neighbouring threads touch neighbouring columns.
alias A = f32; // storage of a
alias B = f32; // storage of b
alias O = f32; // storage of o

const A_ROWS = true; // whether neighbours along K are neighbours in a
const B_ROWS = true; // whether neighbours along N are neighbours in b
const PITCH = 65u; // a tile's rows are 64 long; one more keeps a column out of one memory bank

struct Params { M: u32, N: u32, K: u32, a_m: u32, a_k: u32, b_k: u32, b_n: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<A>; // [M, K], strides a_m and a_k
@group(0) @binding(2) var<storage, read> b: array<B>; // [K, N], strides b_k and b_n
@group(0) @binding(3) var<storage, read_write> o: array<O>; // [M, N]

var<workgroup> of_a: array<f32, 16u * PITCH>; // [k, m]
var<workgroup> of_b: array<f32, 16u * PITCH>; // [k, n]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (p.N + 63u) / 64u;
  let tile = flat(wid, nwg);
  if (tile >= across * ((p.M + 63u) / 64u)) { return; }
  let m0 = tile / across * 64u;
  let n0 = tile % across * 64u;
  let x = lane % 16u;
  let y = lane / 16u;

  var sum: array<f32, 16>; // [i, j]
  for (var k0 = 0u; k0 < p.K; k0 += 16u) {
    workgroupBarrier();
    for (var e = lane; e < 1024u; e += 256u) {
      let by_k = vec2u(e % 16u, e / 16u); // (k, row or column)
      let by_row = vec2u(e / 64u, e % 64u);
      let at = select(by_row, by_k, A_ROWS);
      let bt = select(by_k, by_row, B_ROWS);
      var of_at = 0.0;
      if (k0 + at.x < p.K && m0 + at.y < p.M) {
        of_at = f32(a[(m0 + at.y) * p.a_m + (k0 + at.x) * p.a_k]);
      }
      var of_bt = 0.0;
      if (k0 + bt.x < p.K && n0 + bt.y < p.N) {
        of_bt = f32(b[(k0 + bt.x) * p.b_k + (n0 + bt.y) * p.b_n]);
      }
      of_a[at.x * PITCH + at.y] = of_at;
      of_b[bt.x * PITCH + bt.y] = of_bt;
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      var row: array<f32, 4>;
      var column: array<f32, 4>;
      for (var i = 0u; i < 4u; i++) {
        row[i] = of_a[k * PITCH + 4u * y + i];
        column[i] = of_b[k * PITCH + x + 16u * i];
      }
      for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
          sum[4u * i + j] += row[i] * column[j];
        }
      }
    }
  }

  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let m = m0 + 4u * y + i;
      let n = n0 + x + 16u * j;
      if (m < p.M && n < p.N) {
        o[m * p.N + n] = O(sum[4u * i + j] + bias_at(n));
      }
    }
  }
}
