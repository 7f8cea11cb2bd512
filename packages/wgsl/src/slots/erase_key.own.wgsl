fn erase_key(w: Write, i: u32) -> f32 {
  return f32(k[w.key + i]);
}
