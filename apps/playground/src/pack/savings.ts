import type { Packing } from "./packing";

/** A Gated DeltaNet layer as large as those of the built-in checkpoint, in f32. */
export const layer = { H: 4, K: 64, V: 64 } as const;

/** What a pass of that layer over the padding would have moved and computed. */
export function savings({ saved }: Packing): { readonly bytes: number; readonly flops: number } {
  const { H, K, V } = layer;
  // q, k, v and o; the state is faded, read twice and written once a token
  return { bytes: 4 * saved.tokens * H * (2 * K + 2 * V), flops: 7 * saved.tokens * H * K * V };
}
