fn fade(token: u32, head: u32) {}
