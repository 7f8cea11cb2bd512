// S' = S + b (aᵀ S₀)ᵀ + k vᵀ with the state S₀ before its decay
const A_AT = 0u;
const B_AT = 0u;
var<private> held: vec4f;

fn before_decay(w: Write) {
  var sum = vec4f();
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    sum += S[r] * of_row(r, side1(w.side + A_AT + row(r)));
  }
  share(sum);
  held = over_parts();
}

fn write(w: Write) {
  // unroll
  for (var r = 0u; r < ROWS; r++) {
    S[r] += of_row(r, side1(w.side + B_AT + row(r))) * held + key[r] * w.value;
  }
}
