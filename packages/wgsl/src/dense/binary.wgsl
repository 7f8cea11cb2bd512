// o = f(a, b) over four axes, along the last of which an operand has consecutive elements or is one number; along the others it has
// stride 0 where it is broadcast. One thread four elements of the last axis.
const ADD = 0u;
const SUB = 1u;
const MUL = 2u;
const DIV = 3u;
const MIN = 4u;
const MAX = 5u;
const SILU_MUL = 6u;
const SIGMOID_MUL = 7u;
const KIND = ADD;
const A_ALONG = true; // whether a has elements along the last axis
const B_ALONG = true;

struct Params {
  count: u32, // threads with work: d0 · d1 · d2 · fours
  fours: u32, // of the last axis
  d1: u32, // sizes of o's axes but the first
  d2: u32,
  d3: u32,
  a0: u32, // a's strides
  a1: u32,
  a2: u32,
  b0: u32, // b's strides
  b1: u32,
  b2: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

fn f(a: f32, b: f32) -> f32 {
  switch KIND {
    case ADD: { return a + b; }
    case SUB: { return a - b; }
    case MUL: { return a * b; }
    case DIV: { return a / b; }
    case MIN: { return min(a, b); }
    case MAX: { return max(a, b); }
    case SILU_MUL: { return silu(a) * b; }
    default: { return sigmoid(a) * b; }
  }
}

fn of_a(at: u32, i3: u32) -> vec4f {
  if (A_ALONG) { return a4(at + i3); }
  return vec4f(a1(at));
}

fn of_b(at: u32, i3: u32) -> vec4f {
  if (B_ALONG) { return b4(at + i3); }
  return vec4f(b1(at));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 256u + lane;
  if (thread >= p.count) { return; }
  let i3 = thread % p.fours * 4u;
  let row = thread / p.fours;
  let i2 = row % p.d2;
  let i1 = row / p.d2 % p.d1;
  let i0 = row / p.d2 / p.d1;
  let a = of_a(i0 * p.a0 + i1 * p.a1 + i2 * p.a2, i3);
  let b = of_b(i0 * p.b0 + i1 * p.b1 + i2 * p.b2, i3);
  var y = vec4f();
  for (var c = 0u; c < 4u; c++) {
    y[c] = f(a[c], b[c]);
  }
  o_put4(row * p.d3 + i3, p.d3 - i3, y);
}
