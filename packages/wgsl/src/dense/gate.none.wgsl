fn gated(x: vec4f, i: u32) -> vec4f {
  return x;
}

fn gated_first(x: vec4f, i: u32) -> vec4f {
  return x;
}
