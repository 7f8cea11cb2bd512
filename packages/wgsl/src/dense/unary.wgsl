// o[i] = f(x[i]), x and o [count]; one thread four elements.
struct Params { fours: u32, count: u32 }
@group(0) @binding(0) var<uniform> p: Params;

fn f(x: f32) -> f32 {
  switch KIND {
    case NEG: { return -x; }
    case EXP: { return exp(x); }
    case LOG: { return log(x); }
    case SQRT: { return sqrt(x); }
    case RSQRT: { return inverseSqrt(x); }
    case RECIPROCAL: { return 1.0 / x; }
    case SQUARE: { return x * x; }
    case ABS: { return abs(x); }
    case SIGMOID: { return sigmoid(x); }
    case LOG_SIGMOID: { return log_sigmoid(x); }
    case SOFTPLUS: { return softplus(x); }
    case SILU: { return silu(x); }
    case RELU: { return max(x, 0.0); }
    case SQUARED_RELU: { return max(x, 0.0) * max(x, 0.0); }
    case GELU: { return gelu(x); }
    case TANH: { return hyperbolic_tangent(x); }
    case ELU: { return select(expm1(min(x, 0.0)), x, x > 0.0); }
    default: { return select(0.0, 1.0, x > 0.0); }
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
    y[c] = f(y[c]);
  }
  o_put4(i, p.count - i, y);
}
