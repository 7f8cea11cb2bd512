fn weight4(channel: u32) -> vec4f {
  return vec4f(1.0);
}

fn weight1(channel: u32) -> f32 {
  return 1.0;
}
