import { UnsupportedError } from "@webfla/ops";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../errors";
import { parameterTable } from "./architecture";
import { readConfig } from "./registry";

const config = {
  model_type: "gated_deltanet",
  hidden_size: 64,
  num_hidden_layers: 2,
  num_heads: 2,
  head_dim: 32,
  expand_v: 1,
  vocab_size: 256,
  intermediate_size: 128,
};
const attn = { layers: [1], num_heads: 2, num_kv_heads: 1, qkv_bias: true };

describe("readConfig", () => {
  it("fills FLA's defaults in", () => {
    const table = parameterTable(readConfig({ model_type: "gated_deltanet", num_hidden_layers: 1 }));
    expect(table["model.embeddings.weight"]).toEqual([32_000, 2048]);
    expect(table["model.layers.0.attn.q_proj.weight"]).toEqual([6 * 256, 2048]);
    expect(table["model.layers.0.attn.v_proj.weight"]).toEqual([6 * 512, 2048]);
    expect(table["model.layers.0.attn.v_conv1d.weight"]).toEqual([6 * 512, 1, 4]);
    expect(table["model.layers.0.mlp.gate_proj.weight"]).toEqual([5632, 2048]);
  });

  it("leaves out what is switched off", () => {
    const off = { use_gate: false, use_short_conv: false, tie_word_embeddings: true };
    const names = Object.keys(parameterTable(readConfig({ ...config, ...off })));
    expect(names.filter((name) => /g_proj|conv1d|lm_head/.test(name))).toEqual([]);
    expect(names).toContain("model.layers.1.attn.o_norm.weight");
  });

  it("gives value heads their own number and size", () => {
    const table = parameterTable(readConfig({ ...config, num_v_heads: 4, expand_v: 1.5 }));
    expect(table["model.layers.0.attn.A_log"]).toEqual([4]);
    expect(table["model.layers.0.attn.v_proj.weight"]).toEqual([4 * 48, 64]);
    expect(table["model.layers.0.attn.o_norm.weight"]).toEqual([48]);
  });

  it("replaces the layers that attn names", () => {
    const table = parameterTable(readConfig({ ...config, attn }));
    expect(table["model.layers.0.attn.A_log"]).toEqual([2]);
    expect(table["model.layers.1.attn.A_log"]).toBeUndefined();
    expect(table["model.layers.1.attn.k_proj.bias"]).toEqual([32]);
    expect(parameterTable(readConfig({ ...config, attn: [attn] }))).toEqual(table);
  });

  it("accepts null for a default, and unknown keys that switch nothing on", () => {
    const spare = { num_v_heads: null, attn: null, attnres_block_size: null, some_new_feature: false };
    expect(parameterTable(readConfig({ ...config, ...spare }))).toEqual(parameterTable(readConfig(config)));
  });

  it.each([
    [null, "config: it must be an object, got null"],
    [[], "config: it must be an object, got []"],
    [{}, "got undefined"],
    [{ model_type: "llama" }, "model_type must be one of abc, "],
    [{ model_type: "constructor" }, 'got "constructor"'],
    [{ ...config, hidden_size: "64" }, 'hidden_size must be an integer in 1..16777216, got "64"'],
    [{ ...config, num_hidden_layers: -1 }, "num_hidden_layers must be an integer in 1..4096, got -1"],
    [{ ...config, num_hidden_layers: 1e9 }, "got 1000000000"],
    [{ ...config, head_dim: 32.5 }, "head_dim must be an integer in 1..65535, got 32.5"],
    [{ ...config, num_heads: 0 }, "num_heads must be an integer in 1..65535, got 0"],
    [{ ...config, num_v_heads: 3 }, "num_v_heads must be a multiple of num_heads 2, got 3"],
    [
      { ...config, expand_v: 0.3 },
      "expand_v must be such that head_dim 32 times it is a whole number, got 0.3",
    ],
    [{ ...config, norm_eps: -1 }, "norm_eps must be a number in 0.."],
    [{ ...config, norm_eps: "1e-6" }, 'got "1e-6"'],
    [{ ...config, use_gate: 1 }, "use_gate must be true or false, got 1"],
    [{ ...config, hidden_act: "gelu" }, 'hidden_act must be "swish" or "silu", got "gelu"'],
    [{ ...config, attnres_block_size: 4 }, 'got "attnres_block_size": 4'],
    [{ ...config, rope_scaling: { factor: 2 } }, 'got "rope_scaling": {"factor":2}'],
    [{ ...config, attn: 3 }, "config.attn: it must be an object, got 3"],
    [
      { ...config, attn: { ...attn, layers: [2] } },
      "config.attn: layers must be a list of integers in 0..1, got [2]",
    ],
    [{ ...config, attn: { ...attn, layers: [1, 1] } }, "layers must be given once each, got 1"],
    [{ ...config, attn: { ...attn, layers: undefined } }, "got nothing"],
    [{ ...config, attn: { ...attn, num_heads: 3 } }, "num_heads must be a divisor of hidden_size 64, got 3"],
    [
      { ...config, attn: { ...attn, num_heads: 64 } },
      "num_heads must be such that heads of hidden_size 64 are even",
    ],
    [
      { ...config, attn: { ...attn, num_heads: 4, num_kv_heads: 3 } },
      "num_kv_heads must be a divisor of num_heads 4",
    ],
    [
      { ...config, attn: { ...attn, sink: true } },
      'config.attn: every key must be one that this model knows, got "sink": true',
    ],
  ])("refuses %o", (bad, message) => {
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
