// What a chunk's system is made from, and what M is multiplied by. What is `ahead` is loaded, and nothing computed of it.
struct Params {
  groups: u32, // workgroups with work: chunks · HV
  longest: u32, // tokens that a chunk may have
  HV: u32,
  V: u32,
  reader_group: u32, // value heads that share a head of readers
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
const UNEVEN = false; // V is no multiple of four

// of a row's reader, unless its gate is one of channels, and of its value
var<workgroup> weights: array<vec2f, N>;

fn row_and_head(chunk: Chunk, t: u32) -> u32 {
  return read_row(chunk, min(t, reads_of(chunk) - 1u)) * p.HV + chunk.head;
}

fn weights_of(chunk: Chunk, t: u32) -> vec2f {
  let at = row_and_head(chunk, t);
  var fade = 1.0;
  if (BY_PAIR) {
    fade = exp(gate_sum(chunk, seen_by(min(t, reads_of(chunk) - 1u)).tokens, 0u));
  }
  return vec2f(fade * answer(at), given(at));
}

struct SystemAhead {
  pairs: pairs_FOUR,
  more: pairs_FOUR, // of rows with two writes
  answer: f32,
}

// What L is made from at t, s .. s + 3. Above the diagonal it is loaded from there, and is not looked at.
fn system_ahead(chunk: Chunk, group: u32, t: u32, s: u32) -> SystemAhead {
  let row = min(t, reads_of(chunk) - 1u);
  let at = product_index(group, row, min(s, row / 4u * 4u) * EVERY);
  var ahead: SystemAhead;
  ahead.pairs = pairs_load4(at);
  if (EVERY == 2u) {
    ahead.more = pairs_load4(at + 4u);
  }
  ahead.answer = answer(row_and_head(chunk, t));
  return ahead;
}

fn system4(chunk: Chunk, t: u32, s: u32, ahead: SystemAhead) -> vec4f {
  var row = pairs_of4(ahead.pairs);
  if (EVERY == 2u) {
    row = vec4f(row.xz, pairs_of4(ahead.more).xz);
  }
  return select(vec4f(), -ahead.answer * row, s + vec4u(0u, 1u, 2u, 3u) < vec4u(select(0u, t, t < reads_of(chunk))));
}

struct ReaderAhead {
  x: readers_FOUR,
  gate: vec4f,
  end_gate: vec4f, // of the chunk's end
}

fn reader_ahead(chunk: Chunk, t: u32, i: u32) -> ReaderAhead {
  let channel = min(i, WIDTH - 4u);
  let head = row_and_head(chunk, t) / p.reader_group;
  var ahead: ReaderAhead;
  ahead.x = readers_load4(head * K + channel);
  if (BY_KEY) {
    ahead.gate = gate_load4(chunk, seen_by(min(t, reads_of(chunk) - 1u)).tokens, channel);
    ahead.end_gate = end_gate_ahead(chunk, channel);
  }
  return ahead;
}

fn reader4(chunk: Chunk, t: u32, i: u32, ahead: ReaderAhead) -> vec4f {
  var x = weights[t].x * readers_of4(ahead.x);
  if (BY_KEY) {
    x *= exp(gate_of4(ahead.gate, seen_by(t).tokens));
  }
  if (WIDTH > K) {
    x = before(x, i, K);
  }
  return select(vec4f(), x, t < reads_of(chunk));
}

fn value_ahead(chunk: Chunk, t: u32, c: u32) -> v_FOUR {
  return v_load4(row_and_head(chunk, t) * p.V + min(c, (p.V - 1u) / 4u * 4u));
}

fn value4(chunk: Chunk, t: u32, c: u32, ahead: v_FOUR) -> vec4f {
  var x = weights[t].y * v_of4(ahead);
  if (UNEVEN) {
    x = before(x, c, p.V);
  }
  return select(vec4f(), x, t < reads_of(chunk));
}

fn put_value(chunk: Chunk, t: u32, c: u32, x: vec4f) {
  values_put4((read_row(chunk, t) * EVERY * p.HV + chunk.head) * p.V + c, p.V - c, x);
}

// W and U in f32, of what no f16 holds.
fn solve_exactly(chunk: Chunk, group: u32, thread: u32) {
  for (var e = thread; e < N * WIDTH / 4u; e += THREADS) {
    let t = e / (WIDTH / 4u);
    let i = 4u * (e % (WIDTH / 4u));
    var sum = vec4f();
    for (var s = 0u; s <= min(t, reads_of(chunk) - 1u); s++) {
      sum += M1(t, s) * reader4(chunk, s, i, reader_ahead(chunk, s, i));
    }
    state_reads_put4((group * N + t) * WIDTH + i, 4u, sum);
  }
  let fours = (p.V + 3u) / 4u;
  for (var e = thread; e < reads_of(chunk) * fours; e += THREADS) {
    let t = e / fours;
    let c = 4u * (e % fours);
    var sum = vec4f();
    for (var s = 0u; s <= t; s++) {
      sum += M1(t, s) * value4(chunk, s, c, value_ahead(chunk, s, c));
    }
    put_value(chunk, t, c, sum);
  }
}

fn M1(t: u32, s: u32) -> f32 {
  return f32(left_tile[t * LEFT_PITCH + s / 4u][s % 4u]);
}
