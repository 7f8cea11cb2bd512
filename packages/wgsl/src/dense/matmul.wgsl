// o = a · b + bias for matrices of any layout, given by their strides.
// A workgroup of 8 × 8 threads makes a tile of 64 × 32 of o. A thread keeps a block of 8 × 4 in registers and reads a and b from
// storage: rows 8 y + i, columns x + 8 j, so that neighbouring threads touch neighbouring columns.
// Where K is cut into parts, so that few tiles still fill a device, o is [parts, M, N].
alias A = f32; // storage of a
alias B = f32; // storage of b
alias O = f32; // storage of o

const ROWS = 8u; // of a thread's block
const COLUMNS = 4u;

struct Params { M: u32, N: u32, K: u32, a_m: u32, a_k: u32, b_k: u32, b_n: u32, parts: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<A>; // [M, K], strides a_m and a_k
@group(0) @binding(2) var<storage, read> b: array<B>; // [K, N], strides b_k and b_n
@group(0) @binding(3) var<storage, read_write> o: array<O>; // [M, N]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (p.N + 8u * COLUMNS - 1u) / (8u * COLUMNS);
  let tiles = across * ((p.M + 8u * ROWS - 1u) / (8u * ROWS));
  let part = flat(wid, nwg) / tiles;
  let tile = flat(wid, nwg) % tiles;
  let m0 = tile / across * 8u * ROWS + lane / 8u * ROWS;
  let n0 = tile % across * 8u * COLUMNS + lane % 8u;
  if (part >= p.parts || m0 >= p.M || n0 >= p.N) { return; }
  let depth = (p.K + p.parts - 1u) / p.parts;

  // rows and columns beyond the edge repeat the last one, and are not stored
  var row: array<u32, ROWS>;
  // unroll
  for (var i = 0u; i < ROWS; i++) {
    row[i] = min(m0 + i, p.M - 1u) * p.a_m;
  }
  var column: array<u32, COLUMNS>;
  // unroll
  for (var j = 0u; j < COLUMNS; j++) {
    column[j] = min(n0 + 8u * j, p.N - 1u) * p.b_n;
  }

  var sum: array<f32, ROWS * COLUMNS>; // [i, j]
  for (var k = part * depth; k < min((part + 1u) * depth, p.K); k++) {
    var x: array<f32, ROWS>;
    // unroll
    for (var i = 0u; i < ROWS; i++) {
      x[i] = f32(a[row[i] + k * p.a_k]);
    }
    // unroll
    for (var j = 0u; j < COLUMNS; j++) {
      let y = f32(b[column[j] + k * p.b_k]);
      // unroll
      for (var i = 0u; i < ROWS; i++) {
        sum[i * COLUMNS + j] += x[i] * y;
      }
    }
  }

  // unroll
  for (var i = 0u; i < ROWS; i++) {
    // unroll
    for (var j = 0u; j < COLUMNS; j++) {
      let m = m0 + i;
      let n = n0 + 8u * j;
      if (m < p.M && n < p.N) {
        o[(part * p.M + m) * p.N + n] = O(sum[i * COLUMNS + j] + bias_at(n));
      }
    }
  }
}
