import { constant, each, orthogonal, type Rule, type Start } from "./initial";

const models = ["rwkv7"];
const width = ({ number }: Start): number => number("hidden_size", 2048);
const layers = ({ number }: Start): number => number("num_hidden_layers", 24);

/** −½ … ½ along the channels. */
const linear = (start: Start, i: number): number => i / (width(start) - 1) - 0.5;

/** −1 … 1 along the channels of a head, flat in the middle. */
function zigzag(start: Start, i: number): number {
  const middle = (start.number("head_dim", 64) - 1) / 2;
  const z = ((i % start.number("head_dim", 64)) - middle) / middle;
  return z * Math.abs(z);
}

/** Shares of the token before, from all of it in the first channel to none in the last, steeper in late layers. */
const shift = (power: (rest: number) => number) =>
  each((start, i) => 1 - (i / width(start)) ** power(1 - start.layer / layers(start)));

/** RWKV-7's start (Peng et al. 2025, as FLA: RWKV7Attention, RWKV7FeedForward). */
export const rwkv7Rules: readonly Rule[] = [
  { models, name: /ffn\.x_k$/, initial: shift((rest) => rest ** 4) },
  { models, name: /x_[rg]$/, initial: shift((rest) => 0.2 * rest) },
  { models, name: /x_[wa]$/, initial: shift((rest) => 0.9 * rest) },
  { models, name: /x_[kv]$/, initial: shift((rest) => 0.7 * rest) },
  { models, name: /k_k$/, initial: each((start, i) => 0.71 - 0.1 * linear(start, i)) },
  { models, name: /k_a$/, initial: constant(1.02) },
  { models, name: /r_k$/, initial: constant(-0.04) },
  {
    models,
    name: /w_lora\.lora\.2\.bias$/,
    initial: each((start, i) => {
      const depth = layers(start) > 1 ? start.layer / (layers(start) - 1) : 0;
      const slow = 6 * (i / (width(start) - 1)) ** (1 + depth ** 0.3) - 6;
      return slow + 0.5 + 2.5 * zigzag(start, i);
    }),
  },
  {
    models,
    name: /a_lora\.lora\.2\.bias$/,
    initial: each((start, i) => -0.19 + 0.3 * zigzag(start, i) + 0.4 * linear(start, i)),
  },
  { models, name: /v_lora\.lora\.2\.bias$/, initial: each((start, i) => 0.73 - 0.4 * linear(start, i)) },
  { models, name: /lora\.0\.weight$/, initial: constant(0) },
  {
    models,
    name: /lora\.2\.weight$/,
    initial: orthogonal(({ shape }) => 0.1 * Math.sqrt(Math.max(1, shape[1]! / shape[0]!))),
  },
  { models, name: /g_norm\.weight$/, initial: each((start) => ((start.layer + 1) / layers(start)) ** 0.7) },
  { models, name: /attn\.[rv]_proj\.weight$|ffn\.key\.weight$/, initial: orthogonal(() => 1) },
  { models, name: /attn\.k_proj\.weight$/, initial: orthogonal(() => 0.1) },
  { models, name: /attn\.o_proj\.weight$|ffn\.value\.weight$/, initial: constant(0) },
  { models, name: /embeddings\.weight$/, initial: each(({ uniform }) => 1e-4 * (2 * uniform() - 1)) },
  {
    models,
    name: /lm_head\.weight$/,
    initial: orthogonal(({ shape }) => 0.5 * Math.sqrt(Math.max(1, shape[0]! / shape[1]!))),
  },
];
