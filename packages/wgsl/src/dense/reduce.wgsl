// o[a, part, c] = Σ_b x[a, b, c], the sum of their squares, or the maximum, over the b of a part of the axis: all of them, or `share`.
// A workgroup of 256 threads makes COLUMNS results; LANES threads share one, and a tree in workgroup memory joins what they have.
alias X = f32; // storage of x
alias O = f32; // … of o

const SUM = 0u;
const MAX = 1u;
const SUM_SQUARES = 2u;
const KIND = SUM;
const LANES = 256u;
const COLUMNS = 256u / LANES;

struct Params { results: u32, length: u32, inner: u32, parts: u32, share: u32, first: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> o: array<O>; // [outer, parts, inner]

var<workgroup> of_thread: array<f32, 256>; // [lane, column]

fn join(a: f32, b: f32) -> f32 {
  if (KIND == MAX) { return max(a, b); }
  return a + b;
}

fn term(x: f32) -> f32 {
  if (KIND == SUM_SQUARES) { return x * x; }
  return x;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let column = thread % COLUMNS;
  let lane = thread / COLUMNS;
  let result = flat(wid, nwg) * COLUMNS + column;
  let start = result / p.inner / p.parts * p.length * p.inner + result % p.inner;
  let begin = result / p.inner % p.parts * p.share;
  var part = p.first;
  if (result < p.results) {
    for (var b = begin + lane; b < min(begin + p.share, p.length); b += LANES) {
      part = join(part, term(f32(x[start + b * p.inner])));
    }
  }
  of_thread[thread] = part;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      of_thread[thread] = join(of_thread[thread], of_thread[thread + half * COLUMNS]);
    }
    workgroupBarrier();
  }
  if (lane == 0u && result < p.results) {
    o[result] = O(of_thread[thread]);
  }
}
