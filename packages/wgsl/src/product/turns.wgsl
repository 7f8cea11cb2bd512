// Whether a compiler may write out loops of known length: software adapters take seconds for it.
const WRITE_OUT = true;

// So many turns of a loop. The main module has p.groups, which is not 0, as no compiler knows.
fn turns(count: u32) -> u32 {
  return select(select(count, 0u, p.groups == 0u), count, WRITE_OUT);
}
