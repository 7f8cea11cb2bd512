import { inverseSoftplus } from "./draw";
import { constant, each, type Initial, orthogonal, type Rule, type Start, size } from "./initial";
import { rwkv7Rules } from "./rwkv7";

const normal: Initial = each(({ normal, number }) => number("initializer_range", 0.02) * normal());

const uniformWithin = (bound: (start: Start) => number): Initial =>
  each((start) => bound(start) * (2 * start.uniform() - 1));

/** The log of a rate between two; the higher is drawn, the lower, which may be 0, is not. */
const logRate = (low: (start: Start) => number, high: (start: Start) => number): Initial =>
  each((start) => Math.log(high(start) - (high(start) - low(start)) * start.uniform()));

/** Steps between dt_min and dt_max, even in their logarithm, as softplus makes them (Gu & Dao 2023). */
const step: Initial = each(({ uniform, number }) => {
  const [low, high] = [Math.log(number("dt_min", 1e-3)), Math.log(number("dt_max", 0.1))];
  return inverseSoftplus(Math.max(Math.exp(low + (high - low) * uniform()), number("dt_init_floor", 1e-4)));
});

/** Kaiming's uniform bound with slope √5: 1 / √(numbers that one output sums up). */
const fanIn = ({ shape }: Start): number => 1 / Math.sqrt(size(shape) / shape[0]!);

const xavier = (gain: number): Initial =>
  uniformWithin(({ shape }) => gain * Math.sqrt(6 / (shape[0]! + shape[1]!)));

const mamba = ["mamba"];
const rwkv6 = ["rwkv6"];
const fromOne = ["kda", "gdn2", "precond_kda"];

/** How FLA's models start (fla/models/*, fla/layers/*), as they are after every override. */
export const rules: readonly Rule[] = [
  ...rwkv7Rules,
  { models: mamba, name: /mixer\.A_log$/, initial: each(({ shape }, i) => Math.log(1 + (i % shape[1]!))) },
  { models: mamba, name: /dt_proj\.bias$/, initial: step },
  {
    models: mamba,
    name: /dt_proj\.weight$/,
    initial: (start) => {
      const bound = start.shape[1]! ** -0.5 * start.number("dt_scale", 1);
      return (start.config["dt_init_scheme"] === "constant" ? constant(bound) : uniformWithin(() => bound))(
        start,
      );
    },
  },
  {
    models: mamba,
    name: /conv1d\.(weight|bias)$/,
    initial: uniformWithin(({ number }) => number("conv_kernel", 4) ** -0.5),
  },
  {
    models: ["mamba2"],
    name: /conv1d\.weight$/,
    initial: (start) =>
      (start.config["conv_init"] == null ? normal : uniformWithin(({ number }) => number("conv_init", 0)))(
        start,
      ),
  },
  {
    models: ["mamba", "mamba2"],
    name: /out_proj\.weight$/,
    initial: (start) => {
      const rescale = start.config["rescale_prenorm_residual"] ?? start.config["model_type"] === "mamba2";
      const shrunk = uniformWithin((own) => fanIn(own) / Math.sqrt(own.number("num_hidden_layers", 1)));
      return (rescale ? shrunk : normal)(start);
    },
  },
  {
    models: ["mamba2"],
    name: /A_log$/,
    initial: (start) => {
      const [low, high] = (start.config["A_init_range"] ?? [1, 16]) as [number, number];
      return logRate(
        () => low,
        () => high,
      )(start);
    },
  },
  { models: rwkv6, name: /attn\.w_proj\.linear\.lora\.0\.weight$/, initial: constant(0) },
  {
    models: rwkv6,
    name: /attn\.w_proj\.linear\.lora\.2\.weight$/,
    initial: orthogonal(({ shape }) => 0.1 * Math.sqrt(Math.max(1, shape[1]! / shape[0]!))),
  },
  { models: rwkv6, name: /attn\.\w+_proj\.([\w.]+\.)?weight$/, initial: xavier(2 ** -2.5) },
  { models: rwkv6, name: /(x_bias|mu|bonus)$/, initial: constant(0) },
  {
    name: /A_log(_atk)?$/,
    initial: (start) => {
      const type = String(start.config["model_type"]);
      if (start.config["safe_gate"] === true) return constant(0)(start);
      return logRate(
        ({ number }) => number("a_log_init_lower", fromOne.includes(type) ? 1 : 0),
        () => 16,
      )(start);
    },
  },
  { name: /dt_bias(_atk)?$/, initial: step },
  { name: /log_atk_scale$/, initial: each(({ number }) => number("log_atk_scale_init", -0.2)) },
  { models: ["comba"], name: /\.D$/, initial: each(({ number }) => number("correction_factor", 1)) },
  { name: /\.(D|decay)$/, initial: constant(1) },
  { name: /(^|\.)lower_bounds$/, initial: constant(0) },
  { name: /norm(_f|\w*_gate)?\.weight$/, initial: constant(1) },
  { name: /bias$/, initial: constant(0) },
  { name: /weight$/, initial: normal },
];
