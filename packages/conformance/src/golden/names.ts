/** Where a golden file's names and @webfla/ops/fla's differ by more than the spelling of words. Data only. */

/** Files that hold a case of another operator. */
export const functions: Readonly<Record<string, string>> = {
  attn_gqa: "attn",
  attn_gqa_window: "attn",
  attn_sink: "attn",
  delta_product: "gated_delta_product",
  forgetting_attn: "attn",
  forgetting_attn_window: "attn",
  gated_delta_rule_gva: "gated_delta_rule",
  kda_gva: "kda",
  rotary_interleaved: "rotary",
  token_shift_nocache: "token_shift",
};

/** Metadata that are arguments; the rest describe the file. */
export const scalars: readonly string[] = [
  "activation",
  "eps",
  "ignore_index",
  "interleaved",
  "layer_idx",
  "num_householder",
  "num_layers",
  "scale",
  "window_size",
  "x",
];

/** Inputs whose unit axis lies elsewhere in FLA: the axes to keep, in our order. */
export const axes: Readonly<Record<string, readonly number[]>> = {
  "linear_attn_normalized.initial_state_1": [0, 2, 3, 1], // [N, 1, H, K] → [N, H, K, 1]
  "rwkv4.state": [0, 1, 3], // [N, 3, 1, C] → [N, 3, C]
};

/** States, which have a row for each sequence and are f32 in any storage type. */
export const isState = (name: string): boolean => /^(initial_|state$|cache$)|_init$/.test(name);

export const isOutput = (name: string): boolean => name === "o" || /^final_|_final$/.test(name);

/** initial_A_state → initialAState, num_householder → numHouseholder; a single letter stays as it is. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-zA-Z])/g, (_, letter: string) => letter.toUpperCase());

/** initial_state_1 → ["initial_state", 1]: a member of a tuple. */
export function member(name: string): readonly [tuple: string, index: number] | undefined {
  const match = /^(.+)_(\d+)$/.exec(name);
  return match ? [match[1]!, Number(match[2])] : undefined;
}
