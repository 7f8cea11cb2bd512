// Whether a compiler may write out loops of known length: software adapters take seconds for it.
const WRITE_OUT = true;

// A number that no compiler knows: the main module has p.groups, which is never 0.
fn opaque(count: u32) -> u32 {
  return select(count, 0u, p.groups == 0u);
}

// So many turns of a loop.
fn turns(count: u32) -> u32 {
  return select(opaque(count), count, WRITE_OUT);
}
