fn keep_inverse4(at: u32, x: vec4f) {}
