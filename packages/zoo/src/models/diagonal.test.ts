import { describe, expect, it } from "vitest";
import { parameterTable } from "./architecture";
import { readConfig } from "./registry";

const sizes = { hidden_size: 24, num_hidden_layers: 2, vocab_size: 16, intermediate_size: 8 };

/** The parameters of the first layer, by their names below it. */
function layerOf(config: object): Record<string, readonly number[]> {
  const table = Object.entries(parameterTable(readConfig({ ...sizes, ...config })));
  const prefix = "model.layers.0.attn.";
  return Object.fromEntries(
    table
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, shape]) => [name.slice(prefix.length), shape]),
  );
}

describe("configurations of the diagonal family", () => {
  it("fill FLA's defaults in", () => {
    const plain = (model_type: string) => ({ model_type, num_hidden_layers: 1, hidden_size: 2048 });
    expect(layerOf(plain("gla"))).toMatchObject({
      "q_proj.weight": [1024, 2048],
      "gk_proj.0.weight": [16, 2048],
      "g_norm_swish_gate.weight": [512],
    });
    expect(layerOf(plain("retnet"))).toMatchObject({
      "v_proj.weight": [4096, 2048],
      "g_norm_swish_gate.weight": [512],
    });
    expect(layerOf(plain("linear_attn"))["feature_map_q.layer2.bias"]).toEqual([512]);
    expect(layerOf(plain("lightnet"))["g_proj.0.weight"]).toEqual([128, 2048]);
    expect(layerOf(plain("gsa"))["f_proj.weight"]).toEqual([4 * 64, 2048]);
    expect(layerOf(plain("abc"))).toMatchObject({
      "q_proj.weight": [1024, 2048],
      "s_proj.weight": [256, 2048],
    });
    expect(layerOf(plain("simple_gla"))["k_conv1d.weight"]).toEqual([2048, 1, 4]);
    expect(layerOf(plain("lightning"))["g_norm.weight"]).toEqual([2048]);
    const retnet = parameterTable(readConfig(plain("retnet")));
    expect(retnet["model.layers.0.mlp.gate_proj.weight"]).toEqual([2816, 2048]);
  });

  it("name the norm after the kernel that FLA uses", () => {
    for (const model_type of ["gla", "retnet"])
      for (const off of [{ use_output_gate: false }, { fuse_norm: false }]) {
        const names = Object.keys(layerOf({ model_type, num_heads: 2, ...off }));
        expect(names).toContain("g_norm.weight");
        expect(names).not.toContain("g_norm_swish_gate.weight");
      }
  });

  it("share keys and values among queries", () => {
    const grouped = { num_heads: 4, num_kv_heads: 2, expand_k: 1, use_short_conv: true };
    expect(layerOf({ model_type: "gla", ...grouped })).toMatchObject({
      "k_proj.weight": [12, 24],
      "gk_proj.1.weight": [12, 16],
      "v_conv1d.weight": [12, 1, 4],
    });
    expect(layerOf({ model_type: "gsa", ...grouped, num_slots: 5 })["f_proj.weight"]).toEqual([10, 24]);
  });

  it("read sizes that FLA misspells, and sizes that a null stands for", () => {
    const two = { num_heads: 2 };
    expect(layerOf({ model_type: "abc", ...two, exapnd_k: 1 })["q_proj.weight"]).toEqual([24, 24]);
    expect(layerOf({ model_type: "abc", ...two, exapnd_k: 1, expand_k: 0.5 })["q_proj.weight"]).toEqual([
      12, 24,
    ]);
    expect(layerOf({ model_type: "gsa", ...two, num_slots: null })["f_proj.weight"]).toEqual([2 * 12, 24]);
    expect(layerOf({ model_type: "lightnet", ...two, expand_ratio: null })["q_proj.weight"]).toEqual([
      24, 24,
    ]);
    expect(layerOf({ model_type: "lightnet", ...two, expand_ratio: 5 })["q_proj.weight"]).toEqual([10, 24]);
    expect(layerOf({ model_type: "hgrn2", expand_ratio: null, ...two })["f_proj.weight"]).toEqual([24, 24]);
  });

  it("keep one feature map where it is tied", () => {
    const tied = { model_type: "linear_attn", num_heads: 2, feature_map: "t2r", tie_feature_map_qk: true };
    const names = Object.keys(layerOf(tied)).filter((name) => name.startsWith("feature_map"));
    expect(names).toEqual(["feature_map_k.layer.weight"]);
  });

  it("pass over what FLA's layers do not use", () => {
    const same = (config: object, unused: object) =>
      expect(layerOf({ ...config, ...unused })).toEqual(layerOf(config));
    same({ model_type: "gla", num_heads: 2 }, { use_gk: true, use_gv: true });
    same({ model_type: "retnet", num_heads: 2 }, { use_short_conv: true, conv_size: 3 });
    same({ model_type: "gsa", num_heads: 2 }, { use_output_gate: true, use_norm: false, clamp_min: -1 });
    same({ model_type: "abc", num_heads: 2 }, { gate_low_rank_dim: 7 });
  });

  it.each([
    [{ model_type: "gla", num_heads: 5 }, "expand_k must be such that hidden_size 24 times it makes 5 heads"],
    [
      { model_type: "gla", num_heads: 4, num_kv_heads: 3 },
      "num_kv_heads must be a divisor of num_heads 4, got 3",
    ],
    [{ model_type: "gla", num_heads: 2, feature_map: "gelu" }, 'feature_map must be "relu" or "sigmoid"'],
    [{ model_type: "gla", num_heads: 2, gate_logit_normalizer: 8 }, 'got "gate_logit_normalizer": 8'],
    [
      { model_type: "retnet", num_heads: 8 },
      "expand_k must be such that keys have an even number of channels, got 3",
    ],
    [{ model_type: "linear_attn", num_heads: 2, feature_map: "swish" }, 'or "identity", got "swish"'],
    [{ model_type: "linear_attn", num_heads: 2, output_norm: "identity" }, 'got "output_norm": "identity"'],
    [{ model_type: "lightnet", expand_ratio: 7 }, "expand_ratio must be a divisor of hidden_size 24, got 7"],
    [{ model_type: "lightnet", expand_ratio: null }, "num_heads must be an integer in 1..65535, got nothing"],
    [
      { model_type: "hgrn2", expand_ratio: 4, num_heads: 3 },
      "num_heads must be such that heads of expand_ratio 4",
    ],
    [{ model_type: "hgrn", expand_ratio: 2 }, "expand_ratio must be 1 with use_lower_bound, got 2"],
    [
      { model_type: "gsa", num_heads: 2, feature_map: "hedgehog" },
      '"swish" or "relu" or "t2r", got "hedgehog"',
    ],
  ])("are refused by the key at fault: %j", (config, message) => {
    expect(() => layerOf(config)).toThrow(message);
  });
});
