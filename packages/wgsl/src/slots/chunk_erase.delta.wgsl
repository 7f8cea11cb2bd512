// y = β (v − r), where the read by the erase key sees the token's decay and the writes of the rows before
const EVERY = 1u; // writes of a row

fn seen_by(t: u32) -> Seen {
  return Seen(t / p.steps + 1u, t);
}

fn respond(row_and_head: u32, read: f32, value: f32) -> array<f32, EVERY> {
  return array(strength(row_and_head) * (value - read));
}
