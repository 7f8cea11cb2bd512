fn bias4(channel: u32) -> vec4f {
  return vec4f();
}
