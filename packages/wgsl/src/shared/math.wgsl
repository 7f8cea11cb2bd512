// Scalar functions in f32, right to a few ulp over the whole range of their argument.

const LOWEST = -0x1.fffffep+127f; // the lowest finite number

// log(1 + e) for e in 0..1: 2 atanh(e / (2 + e)), whose series does not cancel.
fn log1p(e: f32) -> f32 {
  let s = e / (2.0 + e);
  let z = s * s;
  let tail = 1.0 / 9.0 + z * (1.0 / 11.0 + z * (1.0 / 13.0 + z * (1.0 / 15.0 + z / 17.0)));
  return 2.0 * s * (1.0 + z * (1.0 / 3.0 + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * tail))));
}

// exp(x) − 1 for x at most 0.
fn expm1(x: f32) -> f32 {
  let near = x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0)))));
  return select(exp(x) - 1.0, near, x > -0.25);
}

fn sigmoid(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn sigmoid4(x: vec4f) -> vec4f {
  let e = exp(-abs(x));
  return select(e, vec4f(1.0), x >= vec4f()) / (1.0 + e);
}

fn softplus(x: f32) -> f32 {
  return max(x, 0.0) + log1p(exp(-abs(x)));
}

fn log_sigmoid(x: f32) -> f32 {
  return -softplus(-x);
}

fn silu(x: f32) -> f32 {
  return x * sigmoid(x);
}

fn hyperbolic_tangent(x: f32) -> f32 {
  let e = expm1(-2.0 * abs(x));
  return -sign(x) * e / (2.0 + e);
}

// 1 − erf(x) for x at least 0, fractional error below 1.2e-7: a Chebyshev fit of log(erfc(x) / t) + x².
fn erfc_positive(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * x);
  let low = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * 0.09678418));
  let high = -0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))));
  return t * exp(-x * x + low + t * t * t * t * high);
}

// x Φ(x) with the normal distribution's Φ.
fn gelu(x: f32) -> f32 {
  let tail = 0.5 * erfc_positive(abs(x) * 0.70710678);
  return x * select(tail, 1.0 - tail, x >= 0.0);
}

// log(exp(a) + exp(b)).
fn log_add_exp(a: f32, b: f32) -> f32 {
  return max(a, b) + log1p(exp(-abs(a - b)));
}
