import type { ConfigReader } from "../config";
import { type BlockConfig, blockConfig, blockPlaces } from "./blocks";
import type { Layout, Place, Rows } from "./layout";

interface Heads {
  readonly H: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
}
type Mixer = Readonly<Record<string, Place>>;

// biome-ignore format: a row a theme
const ofOtherParts = [
  "head_dim", "num_attention_heads", "num_key_value_heads", "attention_bias", "attention_dropout", "attn_output_gate",
  "rope_parameters", "rope_theta", "rope_scaling", "partial_rotary_factor",
  "moe_intermediate_size", "shared_expert_intermediate_size", "num_experts_per_tok", "norm_topk_prob",
  "decoder_sparse_step", "output_router_logits", "router_aux_loss_coef", "mtp_num_hidden_layers", "mamba_ssm_dtype",
];

/** Hugging Face: Qwen3NextForCausalLM, of gated delta layers and dense MLPs alone. */
export function qwen3Next(config: ConfigReader): Layout {
  const block = blockConfig(config, {
    hiddenSize: 2048,
    layers: 48,
    vocabSize: 151_936,
    intermediateSize: 5632,
    normEps: 1e-6,
  });
  const dense = config.has("mlp_only_layers") ? config.integers("mlp_only_layers").length : 0;
  const experts = config.integer("num_experts", { min: 0, default: 512 });
  if (experts > 0 && dense < block.num_hidden_layers)
    throw config.error("num_experts", "0, because only dense MLPs are supported", experts);
  return gatedDelta(config, block, interleaved);
}

/** Hugging Face: Qwen3_5ForCausalLM, of gated delta layers alone. */
export function qwen35(config: ConfigReader): Layout {
  const block = blockConfig(config, {
    hiddenSize: 4096,
    layers: 32,
    vocabSize: 248_320,
    intermediateSize: 12_288,
    normEps: 1e-6,
  });
  return gatedDelta(config, block, sideBySide);
}

function gatedDelta(config: ConfigReader, block: BlockConfig, projections: (heads: Heads) => Mixer): Layout {
  expectDeltaLayers(config, block.num_hidden_layers);
  const heads: Heads = {
    H: config.integer("linear_num_key_heads", { max: 65_535, default: 16 }),
    HV: config.integer("linear_num_value_heads", { max: 65_535, default: 32 }),
    K: config.integer("linear_key_head_dim", { max: 65_535, default: 128 }),
    V: config.integer("linear_value_head_dim", { max: 65_535, default: 128 }),
  };
  const convSize = config.integer("linear_conv_kernel_dim", { max: 64, default: 4 });
  config.ignore(...ofOtherParts);
  const { H, HV, K, V } = heads;
  const [q, k, v] = sections([H * K, H * K, HV * V]);
  return {
    config: {
      model_type: "gated_deltanet",
      ...block,
      ...{ num_heads: H, num_v_heads: HV, head_dim: K, expand_v: V / K, conv_size: convSize },
    },
    // its norms store their gains less one, but for the one inside the mixer
    places: blockPlaces(
      block,
      {
        A_log: { name: "linear_attn.A_log" },
        dt_bias: { name: "linear_attn.dt_bias" },
        ...projections(heads),
        "q_conv1d.weight": { name: "linear_attn.conv1d.weight", rows: q },
        "k_conv1d.weight": { name: "linear_attn.conv1d.weight", rows: k },
        "v_conv1d.weight": { name: "linear_attn.conv1d.weight", rows: v },
        "o_norm.weight": { name: "linear_attn.norm.weight" },
        "o_proj.weight": { name: "linear_attn.out_proj.weight" },
      },
      1,
    ),
    // the heads that predict several tokens ahead
    unused: ["mtp.", ...(block.tie_word_embeddings ? ["lm_head."] : [])],
  };
}

function expectDeltaLayers(config: ConfigReader, layers: number): void {
  const interval = config.integer("full_attention_interval", { default: 4 });
  const types = config.strings("layer_types", ["linear_attention"]);
  if (types && types.length !== layers)
    throw config.error("layer_types", `one for each of ${layers} layers`, types.length);
  if (!types && interval <= layers)
    throw config.error(
      "full_attention_interval",
      `above num_hidden_layers ${layers}, because only gated delta layers are supported`,
      interval,
    );
}

/** Qwen3-Next: one key head after another, each with its q, k, v and z, or its b and a. */
function interleaved({ H, HV, K, V }: Heads): Mixer {
  const group = HV / H;
  const [q, k, v, z] = perHead(H, [K, K, group * V, group * V]);
  const [b, a] = perHead(H, [group, group]);
  const qkvz = "linear_attn.in_proj_qkvz.weight";
  const ba = "linear_attn.in_proj_ba.weight";
  return {
    "q_proj.weight": { name: qkvz, rows: q },
    "k_proj.weight": { name: qkvz, rows: k },
    "v_proj.weight": { name: qkvz, rows: v },
    "g_proj.weight": { name: qkvz, rows: z },
    "b_proj.weight": { name: ba, rows: b },
    "a_proj.weight": { name: ba, rows: a },
  };
}

/** Qwen3.5: q, k and v of all heads side by side, the others apart. */
function sideBySide({ H, HV, K, V }: Heads): Mixer {
  const [q, k, v] = sections([H * K, H * K, HV * V]);
  const qkv = "linear_attn.in_proj_qkv.weight";
  return {
    "q_proj.weight": { name: qkv, rows: q },
    "k_proj.weight": { name: qkv, rows: k },
    "v_proj.weight": { name: qkv, rows: v },
    "g_proj.weight": { name: "linear_attn.in_proj_z.weight" },
    "b_proj.weight": { name: "linear_attn.in_proj_b.weight" },
    "a_proj.weight": { name: "linear_attn.in_proj_a.weight" },
  };
}

/** The rows of each part, where every head has all parts in a row. */
function perHead(heads: number, parts: readonly number[]): readonly Rows[] {
  const width = parts.reduce((a, b) => a + b, 0);
  return parts.map((count, p) => {
    const first = parts.slice(0, p).reduce((a, b) => a + b, 0);
    const runs = Array.from({ length: heads }, (_, h) => [h * width + first, count] as const);
    return { of: heads * width, runs };
  });
}

const sections = (parts: readonly number[]): readonly Rows[] => perHead(1, parts);
