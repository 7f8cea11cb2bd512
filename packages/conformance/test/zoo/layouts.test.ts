// Checkpoints of other libraries' layouts, made here from a model of FLA's names: they load as that model.
import { elements, type HostArray, type Shape } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { loadModel, type Model, parameterTable, readConfig } from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import {
  readSafetensors,
  type TensorData,
  type TensorStore,
  writeSafetensors,
} from "@webfla/zoo/safetensors";
import { describe, expect, it } from "vitest";

type Tensors = Readonly<Record<string, TensorData>>;
type Of = (name: string) => TensorData;

const tensor = (shape: Shape, data: HostArray): TensorData => ({ dtype: "F32", shape, data });

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
const rows = ({ shape, data }: TensorData, first: number, count: number): TensorData => {
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

const otherNames = {
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
const layouts = {
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
type Name = keyof typeof layouts;
const names = Object.keys(layouts) as Name[];

function checkpoint(name: Name): { fla: Tensors; own: Record<string, TensorData>; config: object } {
  const { config, tensors } = layouts[name];
  const fla = flaTensors(config);
  return { fla, own: { ...(tensors?.((parameter) => fla[parameter]!) ?? fla) }, config };
}

const load = async (config: object, tensors: Tensors) =>
  loadModel(createCpu(), { config, weights: writeSafetensors(tensors) });

async function logits(model: Model<CpuTensor>): Promise<HostArray> {
  const tokens = Int32Array.from({ length: 12 }, (_, i) => (i * 17) % 40);
  return model.ops.read(model.forward({ tokens, varlen: fromLengths([5, 0, 7]) }).logits);
}

describe.each(names)("%s", (name) => {
  it("gives the logits of the model of FLA's that it stands for", async () => {
    const { fla, own, config } = checkpoint(name);
    const model = await load(config, own);
    const same = await load(JSON.parse(JSON.stringify(model.config)), fla);
    const got = await logits(model);
    expect(got.every(Number.isFinite)).toBe(true);
    expect(got).toEqual(await logits(same));
  });

  it("reads every tensor once, and passes over those that the model does not use", async () => {
    const { own, config } = checkpoint(name);
    const store = await readSafetensors(writeSafetensors(own));
    const reads: string[] = [];
    const counting: TensorStore = {
      ...store,
      read(tensor, options) {
        reads.push(tensor);
        return store.read(tensor, options);
      },
    };
    (await loadModel(createCpu(), { config, weights: counting })).dispose();
    expect(reads.sort()).toEqual(Object.keys(own).sort());
  });

  it("refuses what is missing, misshapen or unknown, by its own name", async () => {
    const { own, config } = checkpoint(name);
    const inner = Object.keys(own).find(
      (tensor) => tensor.includes("layers.1") && /in_proj|f_a_proj/.test(tensor),
    )!;
    const { [inner]: whole, ...without } = own;
    await expect(load(config, without)).rejects.toThrow(`got none named ${inner}`);
    const short = rows(whole!, 0, whole!.shape[0]! - 1);
    await expect(load(config, { ...own, [inner]: short })).rejects.toThrow(`${inner} must be [`);
    await expect(load(config, { ...own, "model.layers.1.self_attn.q_norm.weight": short })).rejects.toThrow(
      "got model.layers.1.self_attn.q_norm.weight",
    );
  });
});

it("passes over the heads that predict several tokens ahead", async () => {
  const { own, config } = checkpoint("qwen3_next");
  own["mtp.fc.weight"] = tensor([1, 1], Float32Array.of(1));
  (await load(config, own)).dispose();
});

it("finds the head in the embedding where they are tied", async () => {
  const { own, config } = checkpoint("mamba");
  const model = await load({ ...config, tie_word_embeddings: true }, own);
  expect(model.parameters.has("lm_head.weight")).toBe(false);
  model.dispose();
});

describe("what these layouts may not hold is refused by its key", () => {
  const linear = otherNames.kimi_linear.config.linear_attn_config;
  it.each([
    ["qwen3_next", { num_experts: 8 }, "num_experts must be 0"],
    [
      "qwen3_next",
      { layer_types: ["linear_attention", "full_attention"] },
      'layer_types must be a list of "linear_attention"',
    ],
    ["qwen3_5_text", { layer_types: ["linear_attention"] }, "layer_types must be one for each of 2 layers"],
    [
      "qwen3_5_text",
      { layer_types: null, full_attention_interval: 2 },
      "full_attention_interval must be above num_hidden_layers 2",
    ],
    ["qwen3_5_text", { sliding_window: 8 }, 'got "sliding_window": 8'],
    ["qwen3_5_text", { linear_num_value_heads: 3 }, "num_v_heads must be a multiple of num_heads 2"],
    ["mamba", { intermediate_size: 40 }, "intermediate_size must be expand · hidden_size 48"],
    ["mamba2", { n_groups: 2 }, "n_groups must be 1"],
    ["kimi_linear", { num_experts: 4, first_k_dense_replace: 1 }, "num_experts must be 0 or null"],
    ["kimi_linear", { linear_attn_config: null }, "linear_attn_config must be there"],
    ["kimi_linear", { linear_attn_config: { ...linear, kda_layers: [1] } }, "kda_layers must be all of 1..2"],
    [
      "kimi_linear",
      { linear_attn_config: { ...linear, full_attn_layers: [2] } },
      "full_attn_layers must be empty",
    ],
    [
      "kimi_linear",
      { linear_attn_config: { ...linear, use_full_rank_gate: true } },
      'got "use_full_rank_gate": true',
    ],
  ] as const)("%s %o", (name, change, message) => {
    expect(() => readConfig({ ...layouts[name].config, ...change })).toThrow(message);
  });
});
