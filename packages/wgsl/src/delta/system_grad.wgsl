// Back through the triangular system: the gradient of a written value is what came from outside the erase, and what came through the erase reads
// of the rows after it,
//
//     z_w = dy_w + Σ_t products_tw r_t        r_t, dv_t = respond_back(z of row t's writes)
//
// where r are the gradients of the reads' results. A thread a column of a chunk and value head, from the last row to the first.
@group(0) @binding(2) var<storage, read> products: array<f32>; // [chunks, HV, reads, writes]: erase reads by writes
@group(0) @binding(3) var<storage, read_write> z: array<f32>; // [writes, HV, V]: dy, then z
@group(0) @binding(4) var<storage, read_write> results: array<f32>; // r [rows, HV, V]
@group(0) @binding(5) var<storage, read_write> dv: array<f32>; // [rows, HV, V]

struct Back {
  read: f32,
  value: f32,
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = flat(wid, nwg) * 256u + thread;
  if (index >= p.count) { return; }
  let c = index % p.V;
  let place = index / p.V;
  let head = place % p.HV;
  let chunk = chunk_at(place / p.HV, head);
  let rows = chunk.writes / EVERY;
  let first = chunk.token * p.steps / EVERY;
  for (var after = rows; after > 0u; after--) {
    let t = after - 1u;
    var sums: array<f32, EVERY>;
    for (var e = 0u; e < EVERY; e++) {
      let w = t * EVERY + e;
      let at = (write_row(chunk, w) * p.HV + head) * p.V + c;
      var sum = z[at];
      for (var s = after; s < rows; s++) {
        sum += products[product_index(place, s, w)] * results[((first + s) * p.HV + head) * p.V + c];
      }
      z[at] = sum;
      sums[e] = sum;
    }
    let row_and_head = (first + t) * p.HV + head;
    let back = respond_back(row_and_head, sums);
    results[row_and_head * p.V + c] = back.read;
    dv[row_and_head * p.V + c] = back.value;
  }
}
