const ERASE_KEY_AT = 0u;

fn erase_key(w: Write, i: u32) -> f32 {
  return f32(side[w.side + ERASE_KEY_AT + i]);
}
