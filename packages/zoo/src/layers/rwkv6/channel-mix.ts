import { mix, shift } from "../../modules/mix";
import type { RwkvActivation } from "../../modules/rwkv-activation";
import { type Layer, linear, recurrentState } from "../layer";

export interface Rwkv6ChannelMixOptions {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly activation: RwkvActivation;
}

/** sigmoid(receptance(x′)) · value(act(key(x″))), x′ and x″ mixed with the token before. FLA: RWKV6FeedForward. */
export const rwkv6ChannelMix = ({
  hiddenSize,
  intermediateSize,
  activation,
}: Rwkv6ChannelMixOptions): Layer => ({
  parameters: {
    "key.mu": [hiddenSize],
    "key.linear.weight": [intermediateSize, hiddenSize],
    "value.weight": [hiddenSize, intermediateSize],
    "receptance.mu": [hiddenSize],
    "receptance.linear.weight": [hiddenSize, hiddenSize],
  },
  forward(ops, weights, x, context) {
    const { o: delta, finalState } = shift(ops, x, context);
    const project = (name: string) =>
      linear(ops, mix(ops, x, delta, weights(`${name}.mu`)), weights(`${name}.linear.weight`));
    const b = linear(ops, ops.unary({ kind: activation, x: project("key") }), weights("value.weight"));
    return {
      o: ops.binary({ kind: "sigmoidMul", a: project("receptance"), b }),
      state: finalState && recurrentState(context.varlen, { shift: finalState }),
    };
  },
});
