// A running average of v with weights exp(k), fading by exp(w) with w = −exp(w_raw) and a bonus u for the current token:
//   o_t = (a_{t−1} + exp(u + k_t) v_t) / (b_{t−1} + exp(u + k_t))
//   a_t = exp(w) a_{t−1} + exp(k_t) v_t     b_t = exp(w) b_{t−1} + exp(k_t)
// a and b are kept divided by exp(m), so that no exp is of a positive number. One thread a sequence and channel.
alias W = f32; // storage of w_raw
alias U = f32; // storage of u
alias KEY = f32; // storage of k
alias O = f32; // storage of v and o

const NEVER = -1e38f; // the exponent of an average of nothing

struct Params { count: u32, C: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w_raw: array<W>; // [C]
@group(0) @binding(2) var<storage, read> u: array<U>; // [C]
@group(0) @binding(3) var<storage, read> k: array<KEY>; // [T, C]
@group(0) @binding(4) var<storage, read> v: array<O>; // [T, C]
@group(0) @binding(5) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(6) var<storage, read_write> o: array<O>; // [T, C]
// state [N, 3, C]: a, b, m

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 64u + lane;
  if (thread >= p.count) { return; }
  let n = thread / p.C;
  let c = thread % p.C;
  let at = n * 3u * p.C + c;
  let w = -exp(f32(w_raw[c]));
  let bonus = f32(u[c]);
  var a = state_load(at);
  var b = state_load(at + p.C);
  var m = select(NEVER, max(state_load(at + 2u * p.C), NEVER), STATE_GIVEN);
  for (var t = cu_seqlens[n]; t < cu_seqlens[n + 1u]; t++) {
    let key = f32(k[t * p.C + c]);
    let value = f32(v[t * p.C + c]);
    let top = max(m, bonus + key);
    let past = exp(m - top);
    let present = exp(bonus + key - top);
    o[t * p.C + c] = O((past * a + present * value) / (past * b + present));
    let next = max(m + w, key);
    let held = exp(m + w - next);
    let fresh = exp(key - next);
    a = held * a + fresh * value;
    b = held * b + fresh;
    m = next;
  }
  state_store(at, a);
  state_store(at + p.C, b);
  state_store(at + 2u * p.C, m);
}
