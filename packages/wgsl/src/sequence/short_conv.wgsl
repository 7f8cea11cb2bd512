// y_t = Σ_w x_{t−W+1+w} weight[:, w] + bias, channel by channel, within a sequence; x and o [T, D], weight [D, W]. One thread four channels
// of TOKENS tokens, for which it keeps the weights.
const SILU = false; // whether o = silu(y)
const TAPS = 4u; // W
const TOKENS = 1u;

struct Params {
  count: u32, // threads with work
  fours: u32, // of channels
  T: u32,
  D: u32,
  W: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> seq_idx: array<u32>; // [T]
@group(0) @binding(2) var<storage, read> cu_seqlens: array<u32>; // [N + 1]

// Of four channels, so many tokens back.
fn taps(d: u32, back: u32) -> vec4f {
  let at = d * TAPS + TAPS - 1u - back;
  return vec4f(weight1(at), weight1(at + TAPS), weight1(at + 2u * TAPS), weight1(at + 3u * TAPS));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 256u + lane;
  if (thread >= p.count) { return; }
  let d = thread % p.fours * 4u;
  let first = thread / p.fours * TOKENS;
  let bias = vec4f(bias_at(d), bias_at(d + 1u), bias_at(d + 2u), bias_at(d + 3u));
  var weights: array<vec4f, TAPS>; // the last comes first
  // unroll
  for (var back = 0u; back < TAPS; back++) {
    weights[back] = taps(d, back);
  }
  // all at once, and without a branch, which would wait for a load before the next
  var x: array<vec4f, TAPS - 1u + TOKENS>;
  var sequence: array<u32, TAPS - 1u + TOKENS>; // of each token
  // unroll
  for (var j = 0u; j < TAPS - 1u + TOKENS; j++) {
    let t = min(max(first + j, TAPS - 1u) - (TAPS - 1u), p.T - 1u);
    x[j] = x4(t * p.D + d);
    sequence[j] = seq_idx[t];
  }
  // unroll
  for (var i = 0u; i < TOKENS; i++) {
    let t = first + i;
    let n = sequence[TAPS - 1u + i];
    var y = bias;
    // unroll
    for (var back = 0u; back < TAPS; back++) {
      let is_own = t >= back && sequence[TAPS - 1u + i - back] == n;
      y += select(vec4f(), x[TAPS - 1u + i - back], is_own) * weights[back];
    }
    if (t < p.T) {
      if (t < TAPS - 1u || sequence[i] != n) {
        y += before_first(n, t - cu_seqlens[n], d);
      }
      if (SILU) {
        y *= sigmoid4(y);
      }
      o_put4(t * p.D + d, p.D - d, y);
    }
  }
}

// What a token at a place of its sequence takes of the inputs before the sequence. The few first tokens load the weights again: an index that is not
// a number would move them out of registers.
fn before_first(n: u32, place: u32, d: u32) -> vec4f {
  var sum = vec4f();
  for (var back = place + 1u; back < TAPS; back++) {
    let ago = back - place;
    sum += vec4f(before(n, d, ago), before(n, d + 1u, ago), before(n, d + 2u, ago), before(n, d + 3u, ago)) * taps(d, back);
  }
  return sum;
}
