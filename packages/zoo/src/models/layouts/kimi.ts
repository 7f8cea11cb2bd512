import type { ConfigReader } from "../config";
import { blockConfig, blockPlaces } from "./blocks";
import type { Layout, Place } from "./layout";

// biome-ignore format: a row a theme
const ofOtherParts = [
  "head_dim", "num_attention_heads", "num_key_value_heads", "rope_theta", "rope_scaling", "rope_parameters",
  "q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "mla_use_nope",
  "moe_intermediate_size", "moe_renormalize", "moe_router_activation_func", "moe_layer_freq", "num_experts_per_token",
  "num_shared_experts", "routed_scaling_factor", "use_grouped_topk", "num_expert_group", "topk_group",
  "num_nextn_predict_layers", "model_max_length",
];

/** Moonshot's KimiLinearForCausalLM (moonshotai/Kimi-Linear-48B-A3B-Base), of KDA layers and dense MLPs alone. */
export function kimiLinear(config: ConfigReader): Layout {
  const block = blockConfig(config, {
    hiddenSize: 4096,
    layers: 32,
    vocabSize: 163_840,
    intermediateSize: 11_008,
    normEps: 1e-6,
  });
  const layers = block.num_hidden_layers;
  const dense = config.integer("first_k_dense_replace", { min: 0, default: 0 });
  const experts = config.has("num_experts") ? config.integer("num_experts", { min: 0 }) : 0;
  if (experts > 0 && dense < layers)
    throw config.error("num_experts", "0 or null, because only dense MLPs are supported", experts);
  config.ignore(...ofOtherParts);
  return {
    config: { model_type: "kda", ...block, ...kdaConfig(config, layers) },
    places: blockPlaces(block, mixer),
    unused: block.tie_word_embeddings ? ["lm_head."] : [],
  };
}

function kdaConfig(config: ConfigReader, layers: number): Readonly<Record<string, unknown>> {
  const [kda] = config.objects("linear_attn_config");
  if (!kda) throw config.error("linear_attn_config", "there, because only KDA layers are supported", null);
  const own = new Set(kda.integers("kda_layers", { min: 1, max: layers }));
  if (own.size !== layers)
    throw kda.error("kda_layers", `all of 1..${layers}, because only KDA layers are supported`, [...own]);
  const other = kda.has("full_attn_layers") ? kda.integers("full_attn_layers") : [];
  if (other.length)
    throw kda.error("full_attn_layers", "empty, because only KDA layers are supported", other);
  const sizes = {
    num_heads: kda.integer("num_heads", { max: 65_535 }),
    head_dim: kda.integer("head_dim", { max: 65_535 }),
    expand_v: 1,
    conv_size: kda.integer("short_conv_kernel_size", { max: 64, default: 4 }),
    lower_bound: kda.has("gate_lower_bound")
      ? kda.number("gate_lower_bound", { min: -1000, max: -1e-6 })
      : null,
  };
  kda.finish();
  return sizes;
}

const at = (name: string): Place => ({ name: `self_attn.${name}` });
const same = (name: string): [string, Place] => [name, at(name)];

const mixer = {
  ...Object.fromEntries(["A_log", "dt_bias", "o_norm.weight"].map(same)),
  ...Object.fromEntries(["q", "k", "v", "b", "o"].map((x) => same(`${x}_proj.weight`))),
  ...Object.fromEntries(["q", "k", "v"].map((x) => same(`${x}_conv1d.weight`))),
  "f_proj.0.weight": at("f_a_proj.weight"),
  "f_proj.1.weight": at("f_b_proj.weight"),
  "g_proj.0.weight": at("g_a_proj.weight"),
  "g_proj.1.weight": at("g_b_proj.weight"),
  "g_proj.1.bias": "zeros",
} as const satisfies Readonly<Record<string, Place | "zeros">>;
