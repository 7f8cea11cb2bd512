// x times an activation of the gate, after the norm or before it.
alias GATE = f32; // storage of gate
const GATE_BINDING = 1;
const GATE_FIRST = false;
const GATE_SILU = true; // else sigmoid
@group(0) @binding(GATE_BINDING) var<storage, read> gate: array<GATE>; // [rows, D]

fn opening(i: u32) -> f32 {
  let g = f32(gate[i]);
  return sigmoid(g) * select(1.0, g, GATE_SILU);
}

fn gated(x: f32, i: u32) -> f32 {
  if (GATE_FIRST) { return x; }
  return x * opening(i);
}

fn gated_first(x: f32, i: u32) -> f32 {
  if (!GATE_FIRST) { return x; }
  return x * opening(i);
}
