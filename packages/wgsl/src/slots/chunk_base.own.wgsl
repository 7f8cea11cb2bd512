// A gradient grows from what it is so far.
fn base4(at: u32) -> vec4f {
  return o4(at);
}
