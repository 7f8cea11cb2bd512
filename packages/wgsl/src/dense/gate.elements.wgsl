// x times an activation of the gate, after the norm or before it.
const GATE_FIRST = false;
const GATE_SILU = true; // else sigmoid

fn opening(i: u32) -> vec4f {
  let g = gate4(i);
  return sigmoid4(g) * select(vec4f(1.0), g, GATE_SILU);
}

fn gated(x: vec4f, i: u32) -> vec4f {
  if (GATE_FIRST) { return x; }
  return x * opening(i);
}

fn gated_first(x: vec4f, i: u32) -> vec4f {
  if (!GATE_FIRST) { return x; }
  return x * opening(i);
}
