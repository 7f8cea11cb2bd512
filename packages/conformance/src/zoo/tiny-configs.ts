const common = { hidden_size: 32, num_hidden_layers: 2, vocab_size: 64, intermediate_size: 48 };
const two = { ...common, num_heads: 2 };
const wide = { ...two, head_dim: 16 };
const attn = { layers: [1], num_heads: 2, num_kv_heads: 1, qkv_bias: true, window_size: 5 };

/** A small model of every kind, and of every switch that changes what a layer remembers: configurations by name. */
export const tinyConfigs: Readonly<
  Record<string, { readonly model_type: string; readonly [key: string]: unknown }>
> = {
  abc: { model_type: "abc", ...two, num_slots: 8 },
  comba: { model_type: "comba", ...wide, expand_v: 1 },
  delta_net: { model_type: "delta_net", ...two },
  "delta_net, gated, without convolutions": {
    model_type: "delta_net",
    ...two,
    use_gate: true,
    use_short_conv: false,
    allow_neg_eigval: true,
  },
  forgetting_transformer: { model_type: "forgetting_transformer", ...two, use_output_gate: true },
  "forgetting_transformer, grouped, with norms": {
    model_type: "forgetting_transformer",
    ...two,
    num_kv_heads: 1,
    qk_norm: true,
  },
  gated_deltanet: { model_type: "gated_deltanet", ...wide, num_v_heads: 4, expand_v: 1 },
  "gated_deltanet, hybrid": { model_type: "gated_deltanet", ...wide, expand_v: 2, attn },
  gated_deltaproduct: {
    model_type: "gated_deltaproduct",
    ...wide,
    expand_v: 1,
    num_householder: 2,
    use_forget_gate: true,
  },
  gdn2: { model_type: "gdn2", ...wide, expand_v: 1 },
  gla: { model_type: "gla", ...two },
  "gla, with convolutions, tied": {
    model_type: "gla",
    ...two,
    use_short_conv: true,
    tie_word_embeddings: true,
  },
  gsa: { model_type: "gsa", ...two, num_slots: 8 },
  hgrn: { model_type: "hgrn", ...common, use_lower_bound: true },
  "hgrn, with convolutions": { model_type: "hgrn", ...common, use_short_conv: true },
  hgrn2: { model_type: "hgrn2", ...two, expand_ratio: 16, use_lower_bound: true },
  kda: { model_type: "kda", ...wide, expand_v: 1 },
  "kda, hybrid": { model_type: "kda", ...wide, expand_v: 1, attn },
  lightnet: { model_type: "lightnet", ...two, expand_ratio: 16, gate_low_rank_dim: 8 },
  lightning: { model_type: "lightning", ...two },
  linear_attn: { model_type: "linear_attn", ...two, feature_map: "elementwise_product" },
  mamba: {
    model_type: "mamba",
    ...{ hidden_size: 32, num_hidden_layers: 2, vocab_size: 64 },
    intermediate_size: 64,
    state_size: 8,
    expand: 2,
    dt_rank: 4,
  },
  mamba2: {
    model_type: "mamba2",
    ...{ hidden_size: 32, num_hidden_layers: 2, vocab_size: 64 },
    num_heads: 4,
    head_dim: 16,
    state_size: 8,
    expand: 2,
  },
  "mamba2, in groups, with bounded steps": {
    model_type: "mamba2",
    ...{ hidden_size: 32, num_hidden_layers: 2, vocab_size: 64 },
    ...{ head_dim: 16, state_size: 8, n_groups: 2, use_bias: true, D_has_hdim: true, norm_before_gate: true },
    dt_limit: [0.1, 0.9],
  },
  precond_gated_deltanet: { model_type: "precond_gated_deltanet", ...wide, expand_v: 1 },
  precond_kda: { model_type: "precond_kda", ...wide, expand_v: 1 },
  retnet: { model_type: "retnet", ...two },
  rwkv6: { model_type: "rwkv6", ...two, proj_low_rank_dim: 8, gate_low_rank_dim: 8 },
  "rwkv6, hybrid": { model_type: "rwkv6", ...two, proj_low_rank_dim: 8, gate_low_rank_dim: 8, attn },
  rwkv7: {
    model_type: "rwkv7",
    ...wide,
    ...{ a_low_rank_dim: 8, decay_low_rank_dim: 8, gate_low_rank_dim: 8, v_low_rank_dim: 8 },
  },
  "rwkv7, hybrid": {
    model_type: "rwkv7",
    ...wide,
    ...{ a_low_rank_dim: 8, decay_low_rank_dim: 8, gate_low_rank_dim: 8, v_low_rank_dim: 8 },
    ...{ num_hidden_layers: 3, attn },
  },
  simple_gla: { model_type: "simple_gla", ...two },
  transformer: { model_type: "transformer", ...two, qk_norm: true },
  "transformer, grouped, in a window": {
    model_type: "transformer",
    ...two,
    num_kv_heads: 1,
    window_size: 5,
    qkv_bias: true,
  },
};
