// S' = S + k vᵀ
fn before_decay(w: Write) {}

fn write(w: Write) {
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] += key[r] * w.value;
  }
}
