// S' = S + (beta (k − S v)) vᵀ. S v sums over columns, that is over the lanes, of which the workgroup has all.
fn before_decay(w: Write) {}

fn write(w: Write) {
  let change = strength(w) * w.value;
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    share(w.value * S[r]);
    S[r] += (key[r] - dot(over_lanes(), vec4f(1.0))) * change;
  }
}
