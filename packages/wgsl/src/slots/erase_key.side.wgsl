const ERASE_KEY_AT = 0u;

fn erase_key(w: Write, r: u32) -> f32 {
  return of_row(r, side1(w.side + ERASE_KEY_AT + row(r)));
}
