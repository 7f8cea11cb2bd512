// token[r] = a draw from logits[r], logProbability[r] = log softmax(logits[r])[token[r]]; one workgroup a row.
// Weights w_i = exp((x_i − max x) / temperature). Of the topK likeliest the fewest likeliest that hold topP of their weight are kept;
// the token is the first of them at which the running weight passes uniform · (the weight kept). See the README.
alias X = f32; // storage of logits

const WORDS = 4u; // settings of a row: temperature, topK (0: all, in the order of the ids), topP, uniform
const LAST = 0xfffffffeu; // a place has one after it

struct Params { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<X>; // [rows, width]
@group(0) @binding(2) var<storage, read> settings: array<u32>; // [rows, WORDS]
@group(0) @binding(3) var<storage, read_write> token: array<i32>; // [rows]
@group(0) @binding(4) var<storage, read_write> log_probability: array<f32>; // [rows]

var<workgroup> best_key: array<u32, LANES>;
var<workgroup> best_id: array<u32, LANES>;

struct Row { start: u32, highest: f32, temperature: f32, ranked: bool }

// What is kept: all before a place, and some of the equals that share it.
struct Kept { place: u32, equals: f32, weight: f32 }

// Keeps the order of f32; both zeros are one, a NaN is above all.
fn key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  let signed = select(bits | 0x80000000u, ~bits, bits != size);
  return select(select(signed, 0x80000000u, size == 0u), 0xffffffffu, size > 0x7f800000u);
}

fn logit(row: Row, i: u32) -> f32 {
  return f32(logits[row.start + i]);
}

// Where a token stands in the order of the walk: the higher, the earlier.
fn place_of(row: Row, i: u32) -> u32 {
  return select(LAST - i, key(logit(row, i)), row.ranked);
}

fn weight_of(row: Row, x: f32) -> f32 {
  return exp(max((x - row.highest) / row.temperature, -104.0));
}

fn weight_at(row: Row, place: u32) -> f32 {
  if (row.ranked) {
    return weight_of(row, bitcast<f32>(select(~place, place ^ 0x80000000u, place >= 0x80000000u)));
  }
  return weight_of(row, logit(row, min(LAST - place, p.width - 1u)));
}

// The weight of all that stand at a place or before, or their number.
fn sum_until(row: Row, place: u32, weigh: bool, lane: u32) -> f32 {
  var sum = 0.0;
  for (var i = lane; i < p.width; i += LANES) {
    if (place_of(row, i) >= place) {
      sum += select(1.0, weight_of(row, logit(row, i)), weigh);
    }
  }
  return sum_lanes(sum, lane);
}

// The first place at which that sum passes a bound.
fn passes(row: Row, bound: f32, weigh: bool, lane: u32) -> u32 {
  var place = 0u;
  for (var bit = 0x80000000u; bit > 0u; bit >>= 1u) {
    let sum = sum_until(row, place | bit, weigh, lane);
    place = select(place, place | bit, sum > bound);
  }
  return place;
}

// The tokens at a place that are kept.
fn equals_at(row: Row, place: u32, kept: Kept, lane: u32) -> f32 {
  let all = sum_until(row, place, false, lane) - sum_until(row, place + 1u, false, lane);
  return select(all, kept.equals, place == kept.place);
}

// The n-th token at a place, in the order of the ids.
fn id_at(row: Row, place: u32, n: f32, lane: u32) -> u32 {
  var id = 0u; // tokens below it number at most n
  for (var bit = 0x800000u; bit > 0u; bit >>= 1u) {
    var below = 0.0;
    for (var i = lane; i < min(id | bit, p.width); i += LANES) {
      below += select(0.0, 1.0, place_of(row, i) == place);
    }
    id = select(id, id | bit, sum_lanes(below, lane) <= n);
  }
  return min(id, p.width - 1u);
}

// A part of a weight, less than the whole of it however it is rounded.
fn part_of(weight: f32, part: f32) -> f32 {
  return min(part * weight, bitcast<f32>(bitcast<u32>(weight) - 1u));
}

fn draw(row: Row, top_k: u32, top_p: f32, uniform_number: f32, lane: u32) -> u32 {
  var kept = Kept(0u, f32(p.width), sum_until(row, 0u, true, lane));
  if (top_k > 0u && top_k < p.width) {
    let place = passes(row, f32(top_k) - 1.0, false, lane);
    let equals = f32(top_k) - sum_until(row, place + 1u, false, lane);
    kept = Kept(place, equals, sum_until(row, place + 1u, true, lane) + equals * weight_at(row, place));
  }
  if (top_p < 1.0) {
    let bound = part_of(kept.weight, top_p);
    let place = max(passes(row, bound, true, lane), kept.place);
    let before = sum_until(row, place + 1u, true, lane);
    let weight = weight_at(row, place);
    let equals = clamp(ceil((bound - before) / weight), 0.0, equals_at(row, place, kept, lane));
    kept = Kept(place, equals, before + equals * weight);
  }
  let point = part_of(kept.weight, uniform_number);
  let place = max(passes(row, point, true, lane), kept.place);
  let before = sum_until(row, place + 1u, true, lane);
  let most = equals_at(row, place, kept, lane) - 1.0;
  let n = max(min(floor((point - before) / weight_at(row, place)), most), 0.0);
  return id_at(row, place, n, lane);
}

// The first token with the highest logit.
fn likeliest(start: u32, lane: u32) -> u32 {
  var highest = 0u;
  var at = 0u;
  for (var i = lane; i < p.width; i += LANES) {
    let own = key(f32(logits[start + i]));
    if (own > highest) {
      highest = own;
      at = i;
    }
  }
  best_key[lane] = highest;
  best_id[lane] = at;
  workgroupBarrier();
  highest = best_key[0];
  at = best_id[0];
  for (var i = 1u; i < LANES; i++) {
    if (best_key[i] > highest || (best_key[i] == highest && best_id[i] < at)) {
      highest = best_key[i];
      at = best_id[i];
    }
  }
  return at;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let r = flat(wid, nwg);
  if (r >= p.rows) { return; }
  let start = r * p.width;
  let best = likeliest(start, lane);
  let highest = f32(logits[start + best]);
  let temperature = bitcast<f32>(settings[r * WORDS]);
  let top_k = settings[r * WORDS + 1u];
  let top_p = bitcast<f32>(settings[r * WORDS + 2u]);
  let row = Row(start, highest, temperature, top_k > 0u);
  var chosen = best;
  if (temperature > 0.0) {
    chosen = draw(row, top_k, top_p, bitcast<f32>(settings[r * WORDS + 3u]), lane);
  }
  var sum = 0.0;
  for (var i = lane; i < p.width; i += LANES) {
    sum += exp(logit(row, i) - highest);
  }
  sum = sum_lanes(sum, lane);
  if (lane > 0u) { return; }
  let finite = (bitcast<u32>(highest) & 0x7f800000u) != 0x7f800000u;
  token[r] = i32(select(~best, chosen, finite));
  log_probability[r] = select(highest, logit(row, chosen) - highest - log(sum), finite);
}
