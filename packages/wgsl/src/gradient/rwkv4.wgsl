// The running average o_t = N_t / D_t, N_t = A_{t−1} + exp(u + k_t) v_t, D_t = B_{t−1} + exp(u + k_t), whose sums go on as
// A_t = exp(w) A_{t−1} + exp(k_t) v_t, B_t = exp(w) B_{t−1} + exp(k_t). Backwards, with dN_t = grad_t / D_t and dD_t = −o_t dN_t:
//   dA_{t−1} = exp(w) dA_t + dN_t      dB_{t−1} = exp(w) dB_t + dD_t
// A and B are kept divided by exp(m), as forwards; dA and dB divided by exp(level), where level ≤ −m: no exp is of a positive number.
// The exponent m of a final state is a maximum, whose gradient goes to the larger side.
// One thread a sequence and channel walks forwards, leaving b, m and a of every token where dk, dv and nothing else will be, then back.
const NEVER = -1e38f; // the exponent of an average of nothing
const GRADED = true; // whether grad is the third of the streams
const STREAMS = select(2u, 3u, GRADED);

struct Params { count: u32, C: u32, T: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> constants: array<f32>; // [C, 2]: w_raw with w = −exp(w_raw), u
@group(0) @binding(2) var<storage, read> streams: array<f32>; // [T, C, STREAMS]: k, v, grad
@group(0) @binding(3) var<storage, read> cu_seqlens: array<u32>; // [N + 1]
@group(0) @binding(4) var<storage, read_write> dk: array<f32>; // [T, C]
@group(0) @binding(5) var<storage, read_write> dv: array<f32>; // [T, C]
@group(0) @binding(6) var<storage, read_write> work: array<f32>; // [T, C] a before each token, then [N, 2, C] shares of w and u
// state [N, 3, C]: the gradient of the final state at first, that of the initial state at last

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
  let state = n * 3u * p.C + c;
  let first = cu_seqlens[n];
  let w = -exp(constants[2u * c]);
  let bonus = constants[2u * c + 1u];

  var a = initial_at(state);
  var b = initial_at(state + p.C);
  var m = select(NEVER, max(initial_at(state + 2u * p.C), NEVER), INITIAL_GIVEN);
  for (var t = first; t < cu_seqlens[n + 1u]; t++) {
    let i = t * p.C + c;
    work[i] = a;
    dk[i] = b;
    dv[i] = m;
    let key = streams[i * STREAMS];
    let next = max(m + w, key);
    let held = exp(m + w - next);
    let fresh = exp(key - next);
    a = held * a + fresh * streams[i * STREAMS + 1u];
    b = held * b + fresh;
    m = next;
  }

  var da = state_load(state);
  var db = state_load(state + p.C);
  var dm = state_load(state + 2u * p.C) - da * a - db * b;
  var level = select(NEVER, -m, STATE_GIVEN);
  var dw = 0.0;
  var du = 0.0;
  for (var next = cu_seqlens[n + 1u]; next > first; next--) {
    let i = (next - 1u) * p.C + c;
    let key = streams[i * STREAMS];
    let value = streams[i * STREAMS + 1u];
    a = work[i];
    b = dk[i];
    m = dv[i];
    let from_past = m + w >= key;
    let fresh = exp(key + level);
    var of_key = fresh * (da * value + db) + select(dm, 0.0, from_past);
    var of_value = fresh * da;
    dm = select(0.0, dm, from_past);
    dw += exp(w + level + m) * (da * a + db * b) + dm;
    level += w;
    if (GRADED) {
      let top = max(m, bonus + key);
      let past = exp(m - top);
      let present = exp(bonus + key - top);
      let total = past * b + present;
      let o = (past * a + present * value) / total;
      let of_sum = streams[i * STREAMS + 2u] / total;
      of_value += present * of_sum;
      let of_weight = present * of_sum * (value - o);
      of_key += of_weight;
      du += of_weight;
      let higher = max(level, -top);
      let fade = exp(level - higher);
      let enter = exp(-top - higher);
      da = fade * da + enter * of_sum;
      db = fade * db - enter * of_sum * o;
      level = higher;
    }
    dk[i] = of_key;
    dv[i] = of_value;
  }
  let start = exp(level + m);
  state_store(state, start * da);
  state_store(state + p.C, start * db);
  state_store(state + 2u * p.C, dm + start * (da * a + db * b));
  let share = (p.T + 2u * n) * p.C + c;
  work[share] = w * dw;
  work[share + p.C] = du;
}
