// S' = S + k (beta (v − Sᵀ e))ᵀ
fn before_decay(w: Write) {}

fn write(w: Write) {
  var held = vec4f();
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    held += S[r] * erase_key(w, r);
  }
  share(held);
  let change = strength(w) * (w.value - over_parts());
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] += key[r] * change;
  }
}
