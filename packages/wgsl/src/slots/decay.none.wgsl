fn fade(token: u32, head: u32, column: u32) {}
