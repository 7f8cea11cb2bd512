// diag(exp(g_th)) S: a gate a row of the state
alias GATE = f32; // storage of gate
const GATE_BINDING = 1;
@group(0) @binding(GATE_BINDING) var<storage, read> gate: array<GATE>; // [T, HV, K]

fn fade(token: u32, head: u32, column: u32) {
  let at = (token * p.HV + head) * K;
  for (var i = 0u; i < K; i++) {
    S[i] *= exp(f32(gate[at + i]));
  }
}
