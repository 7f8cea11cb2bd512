// o = f(a, b) over four axes; an operand has stride 0 along the axes it is broadcast over. One thread an element.
alias A = f32; // storage of a
alias B = f32; // storage of b
alias O = f32; // storage of o

const ADD = 0u;
const SUB = 1u;
const MUL = 2u;
const DIV = 3u;
const MIN = 4u;
const MAX = 5u;
const SILU_MUL = 6u;
const SIGMOID_MUL = 7u;
const KIND = ADD;

struct Params {
  count: u32,
  d1: u32, // sizes of o's axes but the first
  d2: u32,
  d3: u32,
  a0: u32, // a's strides
  a1: u32,
  a2: u32,
  a3: u32,
  b0: u32, // b's strides
  b1: u32,
  b2: u32,
  b3: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<A>; // broadcasts to o
@group(0) @binding(2) var<storage, read> b: array<B>; // broadcasts to o
@group(0) @binding(3) var<storage, read_write> o: array<O>; // [d0, d1, d2, d3]

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

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = flat(wid, nwg) * 256u + lane;
  if (i >= p.count) { return; }
  let i3 = i % p.d3;
  let i2 = i / p.d3 % p.d2;
  let i1 = i / p.d3 / p.d2 % p.d1;
  let i0 = i / p.d3 / p.d2 / p.d1;
  let of_a = f32(a[i0 * p.a0 + i1 * p.a1 + i2 * p.a2 + i3 * p.a3]);
  let of_b = f32(b[i0 * p.b0 + i1 * p.b1 + i2 * p.b2 + i3 * p.b3]);
  o[i] = O(f(of_a, of_b));
}
