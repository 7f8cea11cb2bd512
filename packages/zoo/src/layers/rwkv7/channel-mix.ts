import { mix, shift } from "../../modules/mix";
import type { RwkvActivation } from "../../modules/rwkv-activation";
import { type Layer, linear, recurrentState } from "../layer";

export interface Rwkv7ChannelMixOptions {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly activation: RwkvActivation;
}

/** value(act(key(x mixed with the token before))). FLA: RWKV7FeedForward. */
export const rwkv7ChannelMix = ({
  hiddenSize,
  intermediateSize,
  activation,
}: Rwkv7ChannelMixOptions): Layer => ({
  parameters: {
    x_k: [hiddenSize],
    "key.weight": [intermediateSize, hiddenSize],
    "value.weight": [hiddenSize, intermediateSize],
  },
  forward(ops, weights, x, context) {
    const { o: delta, finalState } = shift(ops, x, context);
    const inner = linear(ops, mix(ops, x, delta, weights("x_k")), weights("key.weight"));
    return {
      o: linear(ops, ops.unary({ kind: activation, x: inner }), weights("value.weight")),
      state: finalState && recurrentState(context.varlen, { shift: finalState }),
    };
  },
});
