// S diag(exp(g_th)): a gate a column of the state
alias GATE = f32; // storage of gate
const GATE_BINDING = 1;
@group(0) @binding(GATE_BINDING) var<storage, read> gate: array<GATE>; // [T, HV, V]

fn fade(token: u32, head: u32, column: u32) {
  let d = exp(f32(gate[(token * p.HV + head) * p.V + column]));
  for (var i = 0u; i < K; i++) {
    S[i] *= d;
  }
}
