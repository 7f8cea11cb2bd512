// dx[i] = f'(x[i]) · grad[i], all [count]; one thread four elements.
struct Params { fours: u32, count: u32 }
@group(0) @binding(0) var<uniform> p: Params;

fn slope(x: f32) -> f32 {
  switch KIND {
    case NEG: { return -1.0; }
    case EXP: { return exp(x); }
    case LOG: { return 1.0 / x; }
    case SQRT: { return 0.5 * inverseSqrt(x); }
    case RSQRT: { return -0.5 * inverseSqrt(x) / x; }
    case RECIPROCAL: { return -1.0 / (x * x); }
    case SQUARE: { return 2.0 * x; }
    case ABS: { return sign(x); }
    case SIGMOID: { return sigmoid(x) * sigmoid(-x); }
    case LOG_SIGMOID: { return sigmoid(-x); }
    case SOFTPLUS: { return sigmoid(x); }
    case SILU: { return silu_slope(x); }
    case RELU: { return select(0.0, 1.0, x > 0.0); }
    case SQUARED_RELU: { return 2.0 * max(x, 0.0); }
    case GELU: { return gelu_slope(x); }
    case TANH: { return 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x); }
    case ELU: { return exp(min(x, 0.0)); }
    default: { return 0.0; }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let four = flat(wid, nwg) * 256u + lane;
  if (four >= p.fours) { return; }
  let i = 4u * four;
  var y = x4(i);
  for (var c = 0u; c < 4u; c++) {
    y[c] = slope(y[c]);
  }
  dx_put4(i, p.count - i, y * grad4(i));
}
