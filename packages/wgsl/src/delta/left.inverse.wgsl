// M, by which what the rows of a chunk bring is multiplied.
alias LeftAhead = inverse_FOUR;

fn left_ahead(term: u32, t: u32, s: u32) -> LeftAhead {
  return inverse_load4((chunk_and_head * N + t) * N + s);
}

fn left4(term: u32, t: u32, s: u32, ahead: LeftAhead) -> vec4f {
  return inverse_of4(ahead);
}
