// An activation of the gate that multiplies what enters the norm, or what leaves it.
alias GATE = f32; // storage of gate
const GATE_BINDING = 1;
const GATE_FIRST = false;
const GATE_SILU = true; // else sigmoid
@group(0) @binding(GATE_BINDING) var<storage, read> gate: array<GATE>; // [rows, D]

fn opening(i: u32) -> f32 {
  let g = f32(gate[i]);
  return sigmoid(g) * select(1.0, g, GATE_SILU);
}

fn gate_slope(i: u32) -> f32 {
  let g = f32(gate[i]);
  if (GATE_SILU) { return silu_slope(g); }
  return sigmoid(g) * sigmoid(-g);
}

fn gate_entering(i: u32) -> f32 {
  if (GATE_FIRST) { return opening(i); }
  return 1.0;
}

fn gate_leaving(i: u32) -> f32 {
  if (GATE_FIRST) { return 1.0; }
  return opening(i);
}
