// What output.matrix.wgsl computes, in f32 by the threads of a workgroup.
// 16 reads at a time, whose pairs lie in the memory of results.
fn exactly(chunk: Chunk, first_column: u32, thread: u32) {
  for (var first = 0u; first < ROWS; first += 16u) {
    for (var e = thread; e < 16u * PAIR_LINE; e += THREADS) {
      let t = first + e / PAIR_LINE;
      let w = 4u * (e % PAIR_LINE);
      var x = vec4f();
      for (var d = 0u; d < K; d += 4u) {
        let q = before(queries4(queries_at.first + t * queries_at.pitch + d), d, K);
        let at = keys_at.first + w * keys_at.pitch + d;
        x += q * mat4x4f(
          before(keys4(at), d, K),
          before(keys4(at + keys_at.pitch), d, K),
          before(keys4(at + 2u * keys_at.pitch), d, K),
          before(keys4(at + 3u * keys_at.pitch), d, K),
        );
      }
      let pairs = weighted(t, w, x);
      wide_tile[2u * e] = bitcast<Four>(pairs.xy);
      wide_tile[2u * e + 1u] = bitcast<Four>(pairs.zw);
    }
    workgroupBarrier();
    for (var e = thread; e < 16u * WIDE_LINE; e += THREADS) {
      let t = first + e / WIDE_LINE;
      let c = first_column + 4u * (e % WIDE_LINE);
      if (t < chunk.tokens && c < p.V) {
        var x = vec4f();
        for (var i = 0u; i < K; i++) {
          x += queries1(queries_at.first + t * queries_at.pitch + i) * states4(states_at.first + i * states_at.pitch + c);
        }
        if (BY_PAIR) { x *= exp(sums[seen_by(t).tokens]); }
        for (var w = 0u; w < seen_by(t).writes; w++) {
          x += result_four(2u * (e / WIDE_LINE * PAIR_LINE + w / 4u))[w % 4u] * values4(values_at.first + w * values_at.pitch + c);
        }
        emit(chunk, t, c, x);
      }
    }
    workgroupBarrier();
  }
}
