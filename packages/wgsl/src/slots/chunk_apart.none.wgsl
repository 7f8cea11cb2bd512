fn keep_apart4(at: u32, count: u32, x: vec4f) {}
