// o_t = x_first ⊕ … ⊕ x_t within each span of tokens (a sequence, or a chunk of one), ⊕ a sum or log(exp + exp).
// One workgroup a span and channel: LANES tokens at a time are joined by doubling, and a carry takes their total along.
alias X = f32; // storage of x and o

const SUM = 0u;
const LOG_SUM_EXP = 1u;
const KIND = SUM;
const REVERSE = false; // from a span's last token to its first

struct Params { spans: u32, D: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> bounds: array<u32>; // [spans + 1]
@group(0) @binding(3) var<storage, read_write> o: array<X>; // [T, D]

fn join(a: f32, b: f32) -> f32 {
  if (KIND == SUM) { return a + b; }
  // two that are nothing: their difference would not be a number
  if (max(a, b) <= LOWEST) { return LOWEST; }
  return log_add_exp(a, b);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = flat(wid, nwg);
  if (index >= p.spans * p.D) { return; }
  let d = index % p.D;
  let first = bounds[index / p.D];
  let end = bounds[index / p.D + 1u];
  let nothing = select(LOWEST, 0.0, KIND == SUM);
  var carry = nothing;
  for (var base = 0u; base < end - first; base += LANES) {
    let place = base + lane;
    let inside = place < end - first;
    let i = select(first + place, end - 1u - place, REVERSE) * p.D + d;
    var value = nothing;
    if (inside) {
      value = f32(x[i]);
    }
    for (var reach = 1u; reach < LANES; reach *= 2u) {
      workgroupBarrier();
      of_lane[lane] = value;
      workgroupBarrier();
      if (lane >= reach) {
        value = join(of_lane[lane - reach], value);
      }
    }
    value = join(carry, value);
    if (inside) {
      o[i] = X(value);
    }
    workgroupBarrier();
    of_lane[lane] = value;
    workgroupBarrier();
    carry = of_lane[LANES - 1u];
  }
}
