// S' = S + k vᵀ
fn before_decay(w: Write) {}

fn write(w: Write) {
  for (var i = 0u; i < K; i++) {
    S[i] += f32(k[w.key + i]) * w.value;
  }
}
