// The keys as gates leave them at their chunk's end, where it is they that read.
var<workgroup> end_weights: array<f32, N>; // of a row, unless its gate is one of channels

fn weigh_end_key(chunk: Chunk, t: u32) {
  var fade = 1.0;
  if (BY_PAIR) {
    let seen = seen_by(min(t, reads_of(chunk) - 1u)).tokens;
    fade = exp(gate_sum(chunk, chunk.tokens, 0u) - gate_sum(chunk, seen, 0u));
  }
  end_weights[t] = fade;
}

fn end_gate_ahead(chunk: Chunk, i: u32) -> vec4f {
  return gate_load4(chunk, chunk.tokens, i);
}

fn keep_end_key4(chunk: Chunk, group: u32, t: u32, i: u32, ahead: ReaderAhead) {
  var x = end_weights[t] * readers_of4(ahead.x);
  if (BY_KEY) {
    x *= exp(gate_of4(ahead.end_gate, chunk.tokens) - gate_of4(ahead.gate, seen_by(t).tokens));
  }
  if (WIDTH > K) {
    x = before(x, i, K);
  }
  if (i < WIDTH) {
    end_keys_put4((group * N + t) * WIDTH + i, 4u, select(vec4f(), x, t < reads_of(chunk)));
  }
}
