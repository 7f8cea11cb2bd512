import type { Ops, Tensor } from "@webfla/ops";
import { type LayerContext, linear, type ParameterTable, type Weights } from "../layers/layer";

export interface ShortConvStream {
  /** Channels, D. */
  readonly channels: number;
  /** After the convolution, or after the projection where there is none. */
  readonly activation?: "silu" | undefined;
}

export interface ShortConvProjectionOptions<Name extends string> {
  readonly hiddenSize: number;
  /** Width of the convolutions, W; 0 for none. */
  readonly convSize: number;
  /** By the letter of `<name>_proj.weight`, `<name>_conv1d.weight` and the state's tensor `conv<Name>`. */
  readonly streams: Readonly<Record<Name, ShortConvStream>>;
}

export interface ShortConvProjection<Name extends string> {
  readonly parameters: ParameterTable;
  forward<T extends Tensor>(
    ops: Ops<T>,
    weights: Weights<T>,
    x: T,
    context: LayerContext<T>,
  ): {
    readonly streams: Readonly<Record<Name, T>>; // [T, D]
    /** For the layer's state: the last inputs of each convolution [N, D, W], where wanted. */
    readonly tensors: Readonly<Record<string, T>>;
  };
}

/** act(conv(W x)) for each stream, as most of FLA's layers make q, k and v. FLA: fla.modules.ShortConvolution. */
export function shortConvProjection<Name extends string>({
  hiddenSize,
  convSize,
  streams,
}: ShortConvProjectionOptions<Name>): ShortConvProjection<Name> {
  const entries = Object.entries<ShortConvStream>(streams);
  return {
    parameters: Object.fromEntries(
      entries.flatMap(([name, { channels }]) => [
        [`${name}_proj.weight`, [channels, hiddenSize]],
        ...(convSize ? [[`${name}_conv1d.weight`, [channels, 1, convSize]]] : []),
      ]),
    ),
    forward<T extends Tensor>(
      ops: Ops<T>,
      weights: Weights<T>,
      x: T,
      { varlen, state, wantState }: LayerContext<T>,
    ) {
      const tensors: Record<string, T> = {};
      const outputs = entries.map(([name, { channels, activation }]) => {
        const y = linear(ops, x, weights(`${name}_proj.weight`));
        if (!convSize) return [name, activation ? ops.unary({ kind: activation, x: y }) : y];
        const memory = `conv${name.toUpperCase()}`;
        const { o, finalState } = ops.shortConv({
          x: y,
          weight: ops.reshape(weights(`${name}_conv1d.weight`), [channels, convSize]),
          activation,
          initialState: state?.tensors[memory],
          outputFinalState: wantState,
          varlen,
        });
        if (finalState) tensors[memory] = finalState;
        return [name, o];
      });
      return { streams: Object.fromEntries(outputs) as Record<Name, T>, tensors };
    },
  };
}
