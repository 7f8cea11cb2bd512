// S · exp(g_th)
alias GATE = f32; // storage of gate
const GATE_BINDING = 1;
@group(0) @binding(GATE_BINDING) var<storage, read> gate: array<GATE>; // [T, HV]

fn fade(token: u32, head: u32, column: u32) {
  let d = exp(f32(gate[token * p.HV + head]));
  for (var i = 0u; i < K; i++) {
    S[i] *= d;
  }
}
