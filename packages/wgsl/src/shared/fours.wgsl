// Four consecutive numbers, of which those at and beyond the end become zeros.
fn before(x: vec4f, first: u32, end: u32) -> vec4f {
  return select(vec4f(), x, first + vec4u(0u, 1u, 2u, 3u) < vec4u(end));
}
