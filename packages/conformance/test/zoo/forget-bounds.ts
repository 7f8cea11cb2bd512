import type { Ops, Tensor } from "@webfla/ops";
import type { Layer } from "@webfla/zoo";

/** The lower bounds of six channels: usual ones, and some that a plain formula in f32 would lose. */
export const bounds = [0.1, 0.5, 0.9, 1e-6, 1 - 1e-4, 0.999].map(Math.fround);

/** A layer that finds them where a model would share those of its layer 1. */
export const shareBounds = (layer: Layer): Layer => ({
  ...layer,
  forward(ops, weights, x, context) {
    const row = (f: (b: number) => number) => channels(ops, f);
    const shared = {
      "lowerBound.1.log": row(Math.log),
      "lowerBound.1.logit": row((b) => Math.log(b) - Math.log(1 - b)),
    };
    return layer.forward(ops, weights, x, { ...context, shared });
  },
});

const channels = <T extends Tensor>(ops: Ops<T>, f: (b: number) => number): T =>
  ops.tensor(Float32Array.from(bounds, f), [1, bounds.length]);
