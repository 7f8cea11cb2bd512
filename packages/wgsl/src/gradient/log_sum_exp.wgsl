// o is a running log Σ exp(x). With r_t = grad_t + exp(o_t − o_{t+1}) r_{t+1}, walked from the end to where o began,
//   dx_t = exp(x_t − o_t) r_t
// No exponent is positive, since o never falls. One workgroup a span and channel: LANES tokens at a time are joined by doubling, and
// a carry takes r and its o along.
alias X = f32; // storage of x
alias GRAD = f32; // storage of grad

const REVERSE = false; // whether o ran from a span's last token to its first

struct Params { spans: u32, D: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [T, D]
@group(0) @binding(2) var<storage, read> o: array<f32>; // [T, D]
@group(0) @binding(3) var<storage, read> grad: array<GRAD>; // [T, D]
@group(0) @binding(4) var<storage, read> bounds: array<u32>; // [spans + 1]
@group(0) @binding(5) var<storage, read_write> dx: array<f32>; // [T, D]

var<workgroup> sums: array<vec2f, LANES>; // r and o of each lane's token

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
  var carry = vec2f(0.0, 0.0);
  for (var base = 0u; base < end - first; base += LANES) {
    let place = base + lane;
    let inside = place < end - first;
    let i = select(end - 1u - place, first + place, REVERSE) * p.D + d;
    var r = 0.0;
    var level = 0.0;
    if (inside) {
      r = f32(grad[i]);
      level = o[i];
    }
    for (var reach = 1u; reach < LANES; reach *= 2u) {
      workgroupBarrier();
      sums[lane] = vec2f(r, level);
      workgroupBarrier();
      if (inside && lane >= reach) {
        let later = sums[lane - reach];
        r += exp(level - later.y) * later.x;
      }
    }
    if (inside && base > 0u) {
      r += exp(level - carry.y) * carry.x;
    }
    if (inside) {
      dx[i] = exp(f32(x[i]) - level) * r;
    }
    workgroupBarrier();
    sums[lane] = vec2f(r, level);
    workgroupBarrier();
    carry = sums[LANES - 1u];
  }
}
