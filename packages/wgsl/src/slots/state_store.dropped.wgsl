// A state that is not kept.
fn state_store(i: u32, x: f32) {}

fn state_store4(at: u32, count: u32, x: vec4f) {}
