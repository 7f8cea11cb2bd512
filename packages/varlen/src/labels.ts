import { fail } from "./error";
import type { Integers } from "./integers";
import { checkPacked } from "./pack";
import type { Varlen } from "./varlen";

const MAX_I32 = 2_147_483_647;

/** The label that losses skip, as in PyTorch. */
export const IGNORE_INDEX = -100;

/** [T] the token after each token, and -100 at the end of every sequence, so that none predicts its neighbour. */
export function nextTokenLabels(tokens: Integers, varlen: Varlen): Int32Array {
  const op = "nextTokenLabels";
  checkPacked(op, tokens, varlen, 1);
  const { cuSeqlens, totalTokens } = varlen;
  const labels = new Int32Array(totalTokens);
  for (let t = 0; t < totalTokens; t++) {
    const token = Number(tokens[t]);
    if (!Number.isInteger(token) || token < 0 || token > MAX_I32) {
      const got = `${String(tokens[t])} at index ${t}`;
      throw fail(op, `tokens must be whole numbers from 0 to ${MAX_I32}`, got, "Give token ids.");
    }
    if (t > 0) labels[t - 1] = token;
  }
  // an end at 0 names index -1, which a typed array does not store
  for (let i = 1; i < cuSeqlens.length; i++) labels[cuSeqlens[i]! - 1] = IGNORE_INDEX;
  return labels;
}
