fn add_apart(at: u32, x: f32) {}
