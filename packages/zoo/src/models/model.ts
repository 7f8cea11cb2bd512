import { bytesPer, DisposedError, elements, type Ops, ShapeError, type Tensor } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { disposeKey } from "../disposable";
import {
  below,
  type LayerContext,
  type LayerResult,
  type LayerState,
  linear,
  type Weights,
} from "../layers/layer";
import { positionsOf } from "../layers/positions";
import type { Architecture, Branch } from "./architecture";
import { type ModelState, modelState } from "./state";

export interface ForwardArgs<T> {
  readonly tokens: Int32Array; // [T]
  readonly varlen: Varlen;
  /** Of the same sequences, after what came before. It stays the caller's. */
  readonly state?: ModelState<T> | undefined;
  readonly wantState?: boolean | undefined;
  /** Of every token, or of the last of each sequence (zeros for an empty one). Default "all". */
  readonly logits?: "all" | "last" | undefined;
  readonly wantHidden?: boolean | undefined;
}

/** Tensors belong to the caller, or to the scope around the call. */
export interface ForwardResult<T> {
  readonly logits: T; // [T or N, vocabulary]
  readonly state: ModelState<T> | undefined;
  /** After the final norm; rows as logits. */
  readonly hidden: T | undefined; // [T or N, hidden]
}

/** A language model on a device; owns its parameters. */
export class Model<T extends Tensor> implements Disposable {
  #disposed = false;

  constructor(
    readonly ops: Ops<T>,
    readonly architecture: Architecture,
    /** Parameters by their names in the checkpoint. */
    readonly weights: ReadonlyMap<string, T>,
  ) {}

  /** How many numbers the parameters are, and the bytes they take on the device. */
  get parameters(): { readonly count: number; readonly bytes: number } {
    const sizes = [...this.weights.values()].map((x) => [elements(x.shape), bytesPer(x.dtype)] as const);
    return {
      count: sizes.reduce((sum, [n]) => sum + n, 0),
      bytes: sizes.reduce((sum, [n, each]) => sum + n * each, 0),
    };
  }

  /** Runs a packed batch. Throws ShapeError for ids outside the vocabulary and for a state of another batch. */
  forward(args: ForwardArgs<T>): ForwardResult<T> {
    const { ops, architecture } = this;
    const { varlen, state, wantState = false, logits = "all", wantHidden = false } = args;
    this.#check(args);
    const weights: Weights<T> = (name) => this.weights.get(name)!;
    const positions = positionsOf(varlen, state?.behind);
    return ops.scope(() => {
      let x = this.#embed(args.tokens, weights);
      const states: (LayerState<T> | undefined)[] = [];
      for (const [i, branch] of architecture.branches.entries()) {
        const context = { varlen, positions, state: state?.layers[i], wantState };
        const next = ops.scope(() => residual(ops, weights, branch, x, context));
        x.dispose();
        x = next.o;
        states.push(next.state);
      }
      if (logits === "last") x = ops.gather({ x, index: lastTokens(ops, varlen) });
      const hidden = architecture.norm.forward(ops, below(weights, architecture.normName), x, {
        varlen,
        positions,
        wantState: false,
      }).o;
      return {
        logits: linear(ops, hidden, weights(architecture.headName)),
        state: wantState
          ? modelState({ behind: varlen.lengths.map((n, i) => n + positions.behind[i]!), layers: states })
          : undefined,
        hidden: wantHidden ? hidden : undefined,
      };
    });
  }

  /** Frees the parameters. */
  dispose(): void {
    this.#disposed = true;
    for (const x of this.weights.values()) x.dispose();
  }

  [disposeKey](): void {
    this.dispose();
  }

  #embed(tokens: Int32Array, weights: Weights<T>): T {
    const index = this.ops.tensor(tokens, [tokens.length]);
    const rows = this.ops.gather({ x: weights(this.architecture.embeddingName), index });
    // the residual stream is f32 however the table is stored
    return rows.dtype === "f32" ? rows : this.ops.cast({ x: rows, dtype: "f32" });
  }

  #check({ tokens, varlen, state }: ForwardArgs<T>): void {
    const { vocabSize, branches } = this.architecture;
    if (this.#disposed)
      throw new DisposedError("forward: the model must be alive, got a disposed one. Load it again.");
    if (tokens.length !== varlen.totalTokens)
      throw new ShapeError(
        `forward: tokens must number ${varlen.totalTokens} (the batch's), got ${tokens.length}. Pack them with the same varlen.`,
      );
    const wrong = tokens.findIndex((id) => id < 0 || id >= vocabSize);
    if (wrong >= 0)
      throw new ShapeError(
        `forward: tokens must be ids in 0..${vocabSize - 1}, got ${tokens[wrong]} at ${wrong}. Use the model's own tokenizer.`,
      );
    if (!state) return;
    if (state.behind.length !== varlen.sequences || state.layers.length !== branches.length)
      throw new ShapeError(
        `forward: the state must be of ${varlen.sequences} sequences and ${branches.length} branches, got ${state.behind.length} and ${state.layers.length}. Select its sequences with selectState().`,
      );
  }
}

function residual<T extends Tensor>(
  ops: Ops<T>,
  weights: Weights<T>,
  { normName, norm, name, layer }: Branch,
  x: T,
  context: LayerContext<T>,
): LayerResult<T> {
  const normed = norm.forward(ops, below(weights, normName), x, context).o;
  const { o, state } = layer.forward(ops, below(weights, name), normed, context);
  return { o: ops.binary({ kind: "add", a: x, b: o }), state };
}

function lastTokens<T extends Tensor>(ops: Ops<T>, { sequences, lengths, cuSeqlens }: Varlen): T {
  // a row outside reads as zeros: an empty sequence has no last token
  const index = Int32Array.from({ length: sequences }, (_, n) => (lengths[n] ? cuSeqlens[n + 1]! - 1 : -1));
  return ops.tensor(index, [sequences]);
}
