/** Operators of FLA that webfla does not have; one that gets its function must leave this list. */
export const absent: readonly string[] = [
  "deltaformer",
  "log_linear_attn",
  "mesa_net",
  "moba",
  "nsa",
  "parallax",
  "path_attn",
  "path_attn_gated",
  "titans",
  "ttt_linear",
  "wall_attn",
];
