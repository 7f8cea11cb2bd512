const GATE_GRAD_BINDING = 1;
@group(0) @binding(GATE_GRAD_BINDING) var<storage, read_write> dgate: array<f32>; // [rows, D]

fn keep_gate_grad(i: u32, x: f32) {
  dgate[i] = x;
}
