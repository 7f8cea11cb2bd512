// S' = S + (beta (k − S v)) vᵀ. S v sums over columns, that is over the threads of the workgroup, which holds all of them:
// AT_ONCE rows of the state at a time, by a tree in workgroup memory.
const AT_ONCE = 8u;
var<workgroup> products: array<f32, AT_ONCE * COLUMNS>;
var<workgroup> held: array<f32, K>;

fn before_decay(w: Write) {}

fn write(w: Write) {
  for (var first = 0u; first < K; first += AT_ONCE) {
    workgroupBarrier();
    for (var r = 0u; r < min(AT_ONCE, K - first); r++) {
      products[r * COLUMNS + w.thread] = S[first + r] * w.value;
    }
    workgroupBarrier();
    for (var half = COLUMNS / 2u; half > 0u; half /= 2u) {
      if (w.thread < half) {
        for (var r = 0u; r < AT_ONCE; r++) {
          products[r * COLUMNS + w.thread] += products[r * COLUMNS + w.thread + half];
        }
      }
      workgroupBarrier();
    }
    if (w.thread < min(AT_ONCE, K - first)) {
      held[first + w.thread] = products[w.thread * COLUMNS];
    }
  }
  workgroupBarrier();
  let change = strength(w) * w.value;
  for (var i = 0u; i < K; i++) {
    S[i] += (f32(k[w.key + i]) - held[i]) * change;
  }
}
