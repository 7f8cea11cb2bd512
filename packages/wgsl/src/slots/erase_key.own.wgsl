fn erase_key(w: Write, r: u32) -> f32 {
  return key[r];
}
