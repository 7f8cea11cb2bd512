// What the state after the chunk gives back to write w at its channel d:  Σ_e e^{G_end − G_w} dS_de across_we. Across are the values, for the
// gradient of the key; or keys, for the gradient of the value. A gate before the channels at hand is the caller's.
var<private> facing: Rows; // of across

// The terms of the sum.
fn enter_ends() -> u32 {
  facing = rows_from(here.token * STEPS, p.right_group, width_across());
  return width_across();
}

alias EndsLeft = across_FOUR;
alias EndsRight = state_grads_FOUR;

fn ends_left_ahead(w: u32, e: u32) -> EndsLeft {
  return across_load4(facing.first + w * facing.pitch + e);
}

fn ends_left4(w: u32, e: u32, ahead: EndsLeft) -> vec4f {
  let y = across_of4(ahead);
  if (BY_PAIR) { return y * exp(gate_sum(here, here.tokens, 0u) - gate_sum(here, decayed(w), 0u)); }
  if (GATED_ACROSS) { return y * exp(gate_sum4(here, here.tokens, e) - gate_sum4(here, decayed(w), e)); }
  return y;
}

// Four e on K, four d on V.
fn ends_right_ahead(e: u32, d: u32) -> EndsRight {
  return state_grads_load4(state_index(chunk_and_head, d, e));
}

fn ends_right4(ahead: EndsRight) -> vec4f {
  return state_grads_of4(ahead);
}
