import { UnsupportedError } from "@webfla/ops";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors";
import { parameterTable } from "./architecture";
import { readConfig } from "./registry";

const size = { hidden_size: 64, num_hidden_layers: 2, vocab_size: 256 };
const transformer = { model_type: "transformer", ...size, num_heads: 2 };
const forgetting = { ...transformer, model_type: "forgetting_transformer" };
const rwkv6 = { model_type: "rwkv6", ...size, num_heads: 2 };
const rwkv7 = { model_type: "rwkv7", ...size, head_dim: 32 };
const mamba = { model_type: "mamba", ...size };
const mamba2 = { model_type: "mamba2", ...size, head_dim: 32 };
const attn = { layers: [1], num_heads: 2 };

const table = (config: object) => parameterTable(readConfig(config));

describe("transformers", () => {
  it("have norms of queries and keys, gates and biases where asked for", () => {
    const plain = Object.keys(table(transformer));
    expect(plain.filter((name) => /norm.weight/.test(name) && /q_|k_/.test(name))).toEqual([]);
    const full = table({ ...transformer, num_kv_heads: 1, qk_norm: true, qkv_bias: true });
    expect(full["model.layers.0.attn.q_norm.weight"]).toEqual([32]);
    expect(full["model.layers.0.attn.k_proj.bias"]).toEqual([32]);
    const own = table({ ...forgetting, num_kv_heads: 1, qk_norm: true, use_output_gate: true });
    expect(own["model.layers.0.attn.q_norm.weight"]).toEqual([64]);
    expect(own["model.layers.0.attn.k_norm.weight"]).toEqual([32]);
    expect(own["model.layers.0.attn.f_proj.bias"]).toEqual([2]);
    expect(own["model.layers.0.attn.g_proj.weight"]).toEqual([64, 64]);
  });
});

describe("rwkv7", () => {
  it("gives the first layer the norm of the embeddings, and the others a mix of values", () => {
    const names = Object.keys(table(rwkv7));
    expect(names.filter((name) => name.includes("pre_norm")).sort()).toEqual([
      "model.layers.0.pre_norm.bias",
      "model.layers.0.pre_norm.weight",
    ]);
    expect(names).not.toContain("model.layers.0.attn.v_lora.lora.0.weight");
    expect(names).toContain("model.layers.1.attn.v_lora.lora.0.weight");
  });

  it("takes a missing rank from the configuration's defaults, and a null from the layer's rule", () => {
    const of = (config: object) => table(config)["model.layers.1.attn.v_lora.lora.0.weight"];
    expect(of(rwkv7)).toEqual([16, 64]);
    expect(of({ ...rwkv7, v_low_rank_dim: null })).toEqual([32, 64]);
    const large = { ...rwkv7, hidden_size: 4096, head_dim: 64, decay_low_rank_dim: null };
    expect(table(large)["model.layers.0.attn.w_lora.lora.0.weight"]).toEqual([160, 4096]);
  });

  it("takes the heads' size from their number where it is null", () => {
    expect(table({ ...rwkv7, head_dim: null, num_heads: 4 })["model.layers.0.attn.r_k"]).toEqual([4, 16]);
    expect(table({ ...rwkv7, head_dim: undefined })["model.layers.0.attn.r_k"]).toEqual([1, 64]);
  });

  it("has values of one width for all layers or a list of it", () => {
    const wide = table({ ...rwkv7, value_dim: 128 });
    expect(wide["model.layers.1.attn.v_proj.weight"]).toEqual([128, 64]);
    expect(table({ ...rwkv7, value_dim: [128, 128] })).toEqual(wide);
  });
});

describe("rwkv6", () => {
  it("goes without biases of norms, and without the norm of the embeddings", () => {
    const names = Object.keys(table({ ...rwkv6, norm_bias: false, norm_first: false }));
    expect(names.filter((name) => /(attn|ffn|pre|model\.)_?norm.*bias|pre_norm/.test(name))).toEqual([]);
    expect(names).toContain("model.layers.0.attn.g_norm.bias");
  });

  it("lets attn replace any layer", () => {
    const hybrid = table({ ...rwkv6, attn: { ...attn, layers: [0] } });
    expect(hybrid["model.layers.0.attn.q_proj.weight"]).toEqual([64, 64]);
    expect(hybrid["model.layers.1.attn.bonus"]).toEqual([2, 16]);
  });
});

describe("mamba and mamba2", () => {
  it("fill FLA's defaults in", () => {
    const first = table({ ...mamba, dt_rank: "auto" });
    expect(first["backbone.layers.0.mixer.dt_proj.weight"]).toEqual([128, 4]);
    expect(first["backbone.layers.0.mixer.A_log"]).toEqual([128, 16]);
    expect(first).toEqual(table(mamba));
    const second = table({ ...mamba2, dt_limit: [0, { __float__: "Infinity" }], num_heads: 0 });
    expect(second["backbone.layers.0.mixer.conv1d.weight"]).toEqual([128 + 2 * 128, 1, 4]);
    expect(second).toEqual(table({ ...mamba2, num_heads: 4, n_groups: 1 }));
  });

  it("have biases, skips and norms as asked for", () => {
    const full = table({ ...mamba2, use_bias: true, use_conv_bias: false, D_has_hdim: true, rmsnorm: false });
    expect(full["backbone.layers.0.mixer.D"]).toEqual([128]);
    expect(full["backbone.layers.0.mixer.out_proj.bias"]).toEqual([64]);
    expect(full["backbone.layers.0.mixer.conv1d.bias"]).toBeUndefined();
    expect(full["backbone.layers.0.mixer.norm.weight"]).toBeUndefined();
  });

  it("know the keys that say how parameters began", () => {
    const began = { A_init_range: [1, 16], conv_init: 0.1, dt_min: 0.001, dt_max: 0.1, dt_init_floor: 1e-4 };
    const kernels = { chunk_size: 256, residual_in_fp32: true, rescale_prenorm_residual: true };
    expect(table({ ...mamba2, ...began, ...kernels })).toEqual(table(mamba2));
    expect(table({ ...mamba, dt_scale: 1, dt_init_scheme: "random" })).toEqual(table(mamba));
  });
});

describe("what a reader does not know it refuses by name", () => {
  it.each([
    [
      { ...transformer, num_heads: 64 },
      "num_heads must be such that heads of hidden_size 64 are even, got 64",
    ],
    [{ ...transformer, attn }, 'got "attn"'],
    [{ ...transformer, use_output_gate: true }, 'got "use_output_gate": true'],
    [{ ...forgetting, window_size: 16 }, 'got "window_size": 16'],
    [{ ...forgetting, rope_theta: 10_000 }, 'got "rope_theta": 10000'],
    [{ ...rwkv6, expand_k: 0.3 }, "expand_k must be such that hidden_size 64 times it is 2 heads, got 0.3"],
    [{ ...rwkv6, hidden_act: "gelu" }, 'hidden_act must be "sqrelu" or'],
    [{ ...rwkv7, head_dim: 48 }, "head_dim must be a divisor of hidden_size 64, got 48"],
    [{ ...rwkv7, num_heads: 4 }, "num_heads must be hidden_size 64 / head_dim 32, got 4"],
    [{ ...rwkv7, value_dim: 96 }, "value_dim must be a multiple of hidden_size 64, got 96"],
    [{ ...rwkv7, value_dim: [64, 128] }, "value_dim must be that of layer 0, 64, everywhere, got 128"],
    [{ ...rwkv7, value_dim: [64] }, "value_dim must be a list of 2 integers, one for each layer, got [64]"],
    [{ ...rwkv7, attn: { ...attn, layers: [0] } }, "config.attn: layers must be above 0"],
    [{ ...mamba, hidden_act: "relu" }, 'hidden_act must be "silu" or "swish", got "relu"'],
    [{ ...mamba, dt_rank: "half" }, 'dt_rank must be an integer in 1..16777216, got "half"'],
    [{ ...mamba, attn }, 'got "attn"'],
    [{ ...mamba, expand: 0.001 }, "expand must be such that hidden_size 64 times it is above 0, got 0.001"],
    [{ ...mamba2, head_dim: 48 }, "head_dim must be a divisor of expand · hidden_size 128, got 48"],
    [{ ...mamba2, num_heads: 3 }, "num_heads must be expand · hidden_size 128 / head_dim 32, got 3"],
    [{ ...mamba2, n_groups: 3 }, "n_groups must be a divisor of num_heads 4, got 3"],
    [{ ...mamba2, dt_limit: [1, 0] }, "dt_limit must be two numbers in ascending order, got [1,0]"],
    [{ ...mamba2, dt_limit: [0, { __float__: "NaN" }] }, "dt_limit must be two numbers in ascending order"],
    [{ ...mamba2, dt_limit: 1 }, "dt_limit must be two numbers in ascending order, got 1"],
  ])("%o", (bad, message) => {
    let error: unknown;
    try {
      readConfig(bad);
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof CheckpointError || error instanceof UnsupportedError).toBe(true);
    expect((error as Error).message).toContain(message);
  });
});
