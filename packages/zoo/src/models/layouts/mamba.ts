import type { ConfigReader } from "../config";
import type { Layout } from "./layout";

/** Initial values, kernels, other names of sizes that are given too, and switches that Hugging Face's code does not read. */
// biome-ignore format: a row a theme
const ignored = [
  "time_step_min", "time_step_max", "time_step_floor", "time_step_scale", "time_step_init_scheme",
  "residual_in_fp32", "rescale_prenorm_residual", "chunk_size", "use_mambapy", "fused_add_norm", "norm_before_gate",
  "d_model", "d_inner", "n_layer", "ssm_cfg", "pad_vocab_size_multiple",
];

const common = (config: ConfigReader, tied: boolean) => ({
  num_hidden_layers: config.integer("num_hidden_layers", { max: 4096 }),
  hidden_size: config.integer("hidden_size"),
  vocab_size: config.integer("vocab_size"),
  state_size: config.integer("state_size"),
  conv_kernel: config.integer("conv_kernel", { max: 64, default: 4 }),
  expand: config.number("expand", { default: 2 }),
  hidden_act: config.oneOf("hidden_act", ["silu", "swish"], "silu"),
  use_bias: config.boolean("use_bias", false),
  use_conv_bias: config.boolean("use_conv_bias", true),
  norm_eps: config.number("layer_norm_epsilon"),
  tie_word_embeddings: config.boolean("tie_word_embeddings", tied),
});

/** Hugging Face's parameters have FLA's names, for FLA took over its model. */
const named = (config: Layout["config"] & { readonly tie_word_embeddings: boolean }): Layout => ({
  config,
  places: {},
  unused: config.tie_word_embeddings ? ["lm_head."] : [],
});

/** JSON has no infinity. */
const writable = (bound: number): unknown =>
  Number.isFinite(bound) ? bound : { __float__: bound > 0 ? "Infinity" : "-Infinity" };

/** Hugging Face: MambaForCausalLM. */
export function mamba(config: ConfigReader): Layout {
  config.ignore(...ignored, "rms_norm");
  const rank = config.is("time_step_rank", "auto") ? "auto" : config.integer("time_step_rank");
  const sizes = common(config, true);
  const channels = Math.trunc(sizes.expand * sizes.hidden_size);
  const given = config.integer("intermediate_size", { default: channels });
  if (given !== channels) throw config.error("intermediate_size", `expand · hidden_size ${channels}`, given);
  return named({ model_type: "mamba", ...sizes, dt_rank: rank });
}

/** Hugging Face: Mamba2ForCausalLM. */
export function mamba2(config: ConfigReader): Layout {
  config.ignore(...ignored, "rms_norm", "time_step_rank", "intermediate_size");
  const groups = config.integer("n_groups", { default: 8 });
  // FLA normalises each group of channels alone, Hugging Face all of them at once
  if (groups !== 1) throw config.error("n_groups", "1, for with more FLA's norm is another", groups);
  return named({
    model_type: "mamba2",
    ...common(config, false),
    n_groups: groups,
    num_heads: config.integer("num_heads", { default: 128 }),
    head_dim: config.integer("head_dim", { default: 64 }),
    dt_limit: config.interval("time_step_limit", [0, Number.POSITIVE_INFINITY]).map(writable),
  });
}
