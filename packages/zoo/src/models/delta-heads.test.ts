import { describe, expect, it } from "vitest";
import { parameterTable } from "./architecture";
import { readConfig } from "./registry";

const small = {
  ...{ hidden_size: 64, num_hidden_layers: 1, vocab_size: 256, intermediate_size: 128 },
  ...{ num_heads: 2, head_dim: 32, expand_v: 1 },
};
const { head_dim: _, expand_v: __, ...withoutSizes } = small;
const table = (config: object) => parameterTable(readConfig(config));

describe("the delta family's configurations", () => {
  it.each([
    ["delta_net", "attn.q_proj.weight", [2048, 2048]],
    ["gated_deltanet", "attn.v_proj.weight", [6 * 512, 2048]],
    ["gated_deltaproduct", "attn.b_proj.weight", [6, 2048]],
    ["gdn2", "attn.w_proj.weight", [16 * 128, 2048]],
    ["kda", "attn.f_proj.1.weight", [16 * 128, 128]],
    ["comba", "attn.decay", [6]],
    ["precond_gated_deltanet", "attn.a_atk_proj.weight", [6, 2048]],
    ["precond_kda", "attn.dt_bias", [16 * 128]],
  ])("%s has FLA's defaults", (model_type, name, shape) => {
    expect(table({ model_type, num_hidden_layers: 1 })[`model.layers.0.${name}`]).toEqual(shape);
  });

  it("take ratios that are not exact", () => {
    const shapes = table({ model_type: "kda", ...small, head_dim: 49, expand_v: 1 / 49 });
    expect(shapes["model.layers.0.attn.o_norm.weight"]).toEqual([1]);
  });

  it("pass over what only training reads", () => {
    const training = { log_atk_scale_init: -0.2, a_log_init_lower: 1 };
    expect(table({ model_type: "precond_kda", ...small, ...training })).toEqual(
      table({ model_type: "precond_kda", ...small }),
    );
  });

  it.each([
    ["delta_net", { ...withoutSizes, use_output_norm: false }, "use_output_norm must be true"],
    ["delta_net", { ...withoutSizes, qk_activation: "gelu" }, 'qk_activation must be "silu" or "relu"'],
    ["delta_net", { ...withoutSizes, qk_norm: "none" }, 'qk_norm must be "l2" or "sum"'],
    ["delta_net", { ...withoutSizes, expand_k: 0.52 }, "expand_k must be such that hidden_size 64 times it"],
    ["delta_net", { ...withoutSizes, conv_bias: true }, 'got "conv_bias": true'],
    ["gated_deltaproduct", { ...small, num_householder: 65 }, "num_householder must be an integer in 1..64"],
    ["gated_deltaproduct", { ...small, num_v_heads: 4 }, 'got "num_v_heads": 4'],
    ["kda", { ...small, safe_gate: true }, "lower_bound must be a number in -5.."],
    ["kda", { ...small, safe_gate: true, lower_bound: -6 }, "lower_bound must be a number in -5.."],
    ["precond_kda", { ...small, lower_bound: 1 }, "lower_bound must be a number in -1000.."],
    ["precond_kda", { ...small, squash_x: 0.5 }, "squash_x must be a number in 1.."],
    ["gdn2", { ...small, lower_bound: -5 }, 'got "lower_bound": -5'],
    ["comba", { ...small, use_inner_decay: false }, "use_inner_decay must be true"],
    ["comba", { ...small, use_output_correction: false }, "use_output_correction must be true"],
    ["comba", { ...small, num_v_heads: 3 }, "num_v_heads must be a multiple of num_heads 2, got 3"],
  ])("%s refuses %o", (model_type, config, message) => {
    expect(() => readConfig({ model_type, ...config })).toThrow(message);
  });
});
