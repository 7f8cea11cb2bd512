import { elements, type HostArray, type Shape } from "@webfla/ops";
import { parameterTable, readConfig } from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import type { TensorData } from "@webfla/zoo/safetensors";

export type Tensors = Readonly<Record<string, TensorData>>;
type Of = (name: string) => TensorData;

export const tensor = (shape: Shape, data: HostArray): TensorData => ({ dtype: "F32", shape, data });

/** Random parameters, of few bits, so that a gain less one is exact. */
function flaTensors(config: object): Tensors {
  const random = randomStream(7);
  const even = () => Math.round((2 * random() - 1) * 256) / 256;
  return Object.fromEntries(
    Object.entries(parameterTable(readConfig(config))).map(([name, shape]) => {
      const data = Float32Array.from({ length: elements(shape) }, () =>
        /norm\.weight$/.test(name) ? 1 + even() / 4 : name.endsWith("g_proj.1.bias") ? 0 : even() / 2,
      );
      return [name, tensor(shape, data)];
    }),
  );
}

/** Rows first .. first + count. */
export const rows = ({ shape, data }: TensorData, first: number, count: number): TensorData => {
  const width = data.length / shape[0]!;
  return tensor(shape.with(0, count), data.slice(first * width, (first + count) * width));
};

const stack = (parts: readonly TensorData[]): TensorData =>
  tensor(
    parts[0]!.shape.with(
      0,
      parts.reduce((sum, { shape }) => sum + shape[0]!, 0),
    ),
    Float32Array.from(parts.flatMap(({ data }) => [...data])),
  );

const lessOne = ({ shape, data }: TensorData): TensorData =>
  tensor(
    shape,
    data.map((x) => x - 1),
  );

/** What Hugging Face's decoder models have around their mixers. */
function decoder(
  of: Of,
  layers: number,
  gain: (x: TensorData) => TensorData,
  mixer: (at: Of) => Tensors,
): Tensors {
  const all: Record<string, TensorData> = {
    "model.embed_tokens.weight": of("model.embeddings.weight"),
    "model.norm.weight": gain(of("model.norm.weight")),
    "lm_head.weight": of("lm_head.weight"),
  };
  for (let i = 0; i < layers; i++) {
    const at = `model.layers.${i}`;
    all[`${at}.input_layernorm.weight`] = gain(of(`${at}.attn_norm.weight`));
    all[`${at}.post_attention_layernorm.weight`] = gain(of(`${at}.mlp_norm.weight`));
    for (const part of ["gate_proj", "up_proj", "down_proj"])
      all[`${at}.mlp.${part}.weight`] = of(`${at}.mlp.${part}.weight`);
    for (const [name, x] of Object.entries(mixer((own) => of(`${at}.attn.${own}`)))) all[`${at}.${name}`] = x;
  }
  return all;
}

const around = {
  vocab_size: 40,
  hidden_size: 24,
  intermediate_size: 20,
  num_hidden_layers: 2,
  hidden_act: "silu",
};
const [H, HV, K, V] = [2, 4, 6, 3];
const qwen = {
  ...around,
  rms_norm_eps: 1e-6,
  layer_types: ["linear_attention", "linear_attention"],
  linear_num_key_heads: H,
  linear_num_value_heads: HV,
  linear_key_head_dim: K,
  linear_value_head_dim: V,
  linear_conv_kernel_dim: 3,
  num_attention_heads: 4,
  rope_parameters: { rope_theta: 1e7 },
};
const kimi = {
  ...around,
  rms_norm_eps: 1e-5,
  kv_lora_rank: 8,
  linear_attn_config: {
    kda_layers: [1, 2],
    full_attn_layers: [],
    num_heads: 2,
    head_dim: 6,
    short_conv_kernel_size: 4,
    gate_lower_bound: -5,
  },
};

const mamba = {
  ...{ vocab_size: 40, hidden_size: 24, num_hidden_layers: 2, state_size: 4, conv_kernel: 3, expand: 2 },
  ...{ layer_norm_epsilon: 1e-5, time_step_min: 0.001, rms_norm: true, residual_in_fp32: true },
};
const linearAttention = (of: Of): Tensors => ({
  "linear_attn.A_log": of("A_log"),
  "linear_attn.dt_bias": of("dt_bias"),
  "linear_attn.conv1d.weight": stack(["q", "k", "v"].map((x) => of(`${x}_conv1d.weight`))),
  "linear_attn.norm.weight": of("o_norm.weight"),
  "linear_attn.out_proj.weight": of("o_proj.weight"),
});

/** Each key head with the value heads that it serves: its part of every projection. */
const ofEachHead = (parts: readonly (readonly [TensorData, number])[]): TensorData =>
  stack(Array.from({ length: H }, (_, h) => parts.map(([x, count]) => rows(x, h * count, count))).flat());

export const otherNames = {
  qwen3_next: {
    config: { model_type: "qwen3_next", ...qwen, num_experts: 0 },
    tensors: (of: Of): Tensors =>
      decoder(of, 2, lessOne, (at) => ({
        ...linearAttention(at),
        "linear_attn.in_proj_qkvz.weight": ofEachHead([
          [at("q_proj.weight"), K],
          [at("k_proj.weight"), K],
          [at("v_proj.weight"), (HV / H) * V],
          [at("g_proj.weight"), (HV / H) * V],
        ]),
        "linear_attn.in_proj_ba.weight": ofEachHead([
          [at("b_proj.weight"), HV / H],
          [at("a_proj.weight"), HV / H],
        ]),
      })),
  },
  qwen3_5_text: {
    config: { model_type: "qwen3_5_text", ...qwen },
    tensors: (of: Of): Tensors =>
      decoder(of, 2, lessOne, (at) => ({
        ...linearAttention(at),
        "linear_attn.in_proj_qkv.weight": stack(["q", "k", "v"].map((x) => at(`${x}_proj.weight`))),
        "linear_attn.in_proj_z.weight": at("g_proj.weight"),
        "linear_attn.in_proj_b.weight": at("b_proj.weight"),
        "linear_attn.in_proj_a.weight": at("a_proj.weight"),
      })),
  },
  kimi_linear: {
    config: { model_type: "kimi_linear", ...kimi },
    tensors: (of: Of): Tensors =>
      decoder(
        of,
        2,
        (x) => x,
        (at) => ({
          "self_attn.A_log": tensor([1, 1, 2, 1], at("A_log").data),
          "self_attn.dt_bias": at("dt_bias"),
          ...Object.fromEntries(
            ["q", "k", "v"].map((x) => [`self_attn.${x}_conv1d.weight`, at(`${x}_conv1d.weight`)]),
          ),
          ...Object.fromEntries(
            ["q", "k", "v", "b", "o"].map((x) => [`self_attn.${x}_proj.weight`, at(`${x}_proj.weight`)]),
          ),
          "self_attn.f_a_proj.weight": at("f_proj.0.weight"),
          "self_attn.f_b_proj.weight": at("f_proj.1.weight"),
          "self_attn.g_a_proj.weight": at("g_proj.0.weight"),
          "self_attn.g_b_proj.weight": at("g_proj.1.weight"),
          "self_attn.o_norm.weight": at("o_norm.weight"),
        }),
      ),
  },
};
/** Here the names are FLA's own. */
export const layouts = {
  ...otherNames,
  mamba: {
    config: {
      model_type: "mamba",
      ...mamba,
      time_step_rank: 3,
      intermediate_size: 48,
      tie_word_embeddings: false,
    },
    tensors: undefined,
  },
  mamba2: {
    config: {
      ...{ model_type: "mamba2", ...mamba, num_heads: 4, head_dim: 12, n_groups: 1, time_step_rank: 2 },
      time_step_limit: [0, { __float__: "Infinity" }],
    },
    tensors: undefined,
  },
};
export type Name = keyof typeof layouts;
export const names = Object.keys(layouts) as Name[];

export function checkpoint(name: Name): { fla: Tensors; own: Record<string, TensorData>; config: object } {
  const { config, tensors } = layouts[name];
  const fla = flaTensors(config);
  return { fla, own: { ...(tensors?.((parameter) => fla[parameter]!) ?? fla) }, config };
}
