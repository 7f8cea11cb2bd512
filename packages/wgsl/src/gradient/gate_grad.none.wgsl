fn keep_gate_grad(i: u32, x: f32) {}
