// S' = S + b (aᵀ S₀)ᵀ + k vᵀ with the state S₀ before its decay
const A_AT = 0u;
const B_AT = 0u;
var<private> held: f32;

fn before_decay(w: Write) {
  held = 0.0;
  for (var i = 0u; i < K; i++) {
    held += S[i] * f32(side[w.side + A_AT + i]);
  }
}

fn write(w: Write) {
  for (var i = 0u; i < K; i++) {
    S[i] += f32(side[w.side + B_AT + i]) * held + f32(k[w.key + i]) * w.value;
  }
}
