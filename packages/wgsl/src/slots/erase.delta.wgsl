// S' = S + k (beta (v − Sᵀ e))ᵀ
fn before_decay(w: Write) {}

fn write(w: Write) {
  var held = 0.0;
  for (var i = 0u; i < K; i++) {
    held += S[i] * erase_key(w, i);
  }
  let change = strength(w) * (w.value - held);
  for (var i = 0u; i < K; i++) {
    S[i] += f32(k[w.key + i]) * change;
  }
}
