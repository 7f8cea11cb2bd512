const GATE_FIRST = false;

fn gate_slope(i: u32) -> f32 {
  return 0.0;
}

fn gate_entering(i: u32) -> f32 {
  return 1.0;
}

fn gate_leaving(i: u32) -> f32 {
  return 1.0;
}
