// o[i] = f(x[i]), x and o [count]; a thread four elements, EACH times.
const EACH = 1u;

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
  let first = flat(wid, nwg) * 256u * EACH + lane;
  var xs: array<vec4f, EACH>;
  // unroll
  for (var j = 0u; j < EACH; j++) {
    // beyond the last four is the last again, and not stored
    xs[j] = x4(4u * min(first + 256u * j, p.fours - 1u));
  }
  // unroll
  for (var j = 0u; j < EACH; j++) {
    let four = first + 256u * j;
    if (four < p.fours) {
      let x = xs[j];
      o_put4(4u * four, p.count - 4u * four, vec4f(f(x.x), f(x.y), f(x.z), f(x.w)));
    }
  }
}
