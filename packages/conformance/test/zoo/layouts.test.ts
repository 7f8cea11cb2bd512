// Checkpoints of other libraries' layouts, made from a model of FLA's names: they load as that model.
import type { HostArray } from "@webfla/ops";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { loadModel, type Model, readConfig } from "@webfla/zoo";
import { readSafetensors, type TensorStore, writeSafetensors } from "@webfla/zoo/safetensors";
import { describe, expect, it } from "vitest";
import { checkpoint, layouts, names, otherNames, rows, type Tensors, tensor } from "./layout-checkpoints";

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

it("keeps all digits of gains that are stored less one", async () => {
  const { own, config } = checkpoint("qwen3_5_text");
  own["model.norm.weight"] = { ...own["model.norm.weight"]!, dtype: "BF16" };
  own["model.embed_tokens.weight"] = { ...own["model.embed_tokens.weight"]!, dtype: "BF16" };
  const model = await load(config, own);
  expect(model.stored.get("model.norm.weight")).toBe("F32");
  expect(model.stored.get("model.embeddings.weight")).toBe("BF16");
  model.dispose();
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
