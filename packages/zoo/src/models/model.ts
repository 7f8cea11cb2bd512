import { bytesPer, DisposedError, elements, type Ops, ShapeError, showShape, type Tensor } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { disposeKey } from "../disposable";
import type { Weights } from "../layers/layer";
import type { CodedDType } from "../safetensors";
import type { ConfiguredArchitecture } from "./architecture";
import { checkTokens } from "./interleave";
import { close, embed, project, runBranches } from "./run";
import type { ModelState } from "./state";

/** Token ids, or in their place feature vectors, which stay the caller's. */
export type Inputs<T> =
  | { readonly tokens: Int32Array; readonly inputsEmbeds?: undefined } // [T]
  | { readonly inputsEmbeds: T; readonly tokens?: undefined }; // [T, hidden]

export type HiddenArgs<T> = Inputs<T> & {
  readonly varlen: Varlen;
  /** Of the same sequences, after what came before. It stays the caller's. */
  readonly state?: ModelState<T> | undefined;
  readonly wantState?: boolean | undefined;
  /** Of every token, or of the last of each sequence (zeros for an empty one). Default "all". */
  readonly rows?: "all" | "last" | undefined;
};

/** Tensors belong to the caller, or to the scope around the call. */
export interface HiddenResult<T> {
  /** After the final norm. */
  readonly hidden: T; // [T or N, hidden]
  readonly state: ModelState<T> | undefined;
}

export type ForwardArgs<T> = HiddenArgs<T> & { readonly wantHidden?: boolean | undefined };

export interface ForwardResult<T> {
  readonly logits: T; // [T or N, vocabulary]
  readonly state: ModelState<T> | undefined;
  readonly hidden: T | undefined; // [T or N, hidden]
}

/** A language model on a device; owns its parameters. */
export class Model<T extends Tensor> implements Disposable {
  #disposed = false;

  constructor(
    readonly ops: Ops<T>,
    readonly architecture: ConfiguredArchitecture,
    /** Parameters by their names in the checkpoint. */
    readonly parameters: Map<string, T>,
    /** The types that parameters had in their checkpoint, for saving them as they came. */
    readonly stored: ReadonlyMap<string, CodedDType> = new Map(),
  ) {}

  /** The parsed config.json. */
  get config(): Readonly<Record<string, unknown>> {
    return this.architecture.config;
  }

  /** How many numbers the parameters are, and the bytes they take on the device. */
  get size(): { readonly count: number; readonly bytes: number } {
    const sizes = [...this.parameters.values()].map((x) => [elements(x.shape), bytesPer(x.dtype)] as const);
    return {
      count: sizes.reduce((sum, [n]) => sum + n, 0),
      bytes: sizes.reduce((sum, [n, each]) => sum + n * each, 0),
    };
  }

  readonly weights: Weights<T> = (name) => this.parameters.get(name)!;

  /** The embeddings of token ids, [T, hidden] f32. Throws ShapeError for ids outside the vocabulary. */
  embed(tokens: Int32Array): T {
    const { ops, architecture, weights } = this;
    this.#alive();
    checkTokens("forward", tokens, this.architecture.vocabSize);
    return ops.scope(() => embed(ops, architecture, weights, ops.tensor(tokens, [tokens.length])));
  }

  /** Runs a packed batch up to the final norm. Throws ShapeError for inputs or a state of another batch. */
  hidden(args: HiddenArgs<T>): HiddenResult<T> {
    const { ops, architecture, weights } = this;
    const { varlen, state, wantState = false, rows = "all" } = args;
    this.check(args);
    return ops.scope(() => {
      const embeddings = args.tokens
        ? this.embed(args.tokens)
        : ops.reshape(args.inputsEmbeds, args.inputsEmbeds.shape);
      const run = runBranches(ops, architecture, weights, embeddings, { varlen, state, wantState });
      const x = rows === "last" ? ops.gather({ x: run.x, index: lastTokens(ops, varlen) }) : run.x;
      return { hidden: close(ops, architecture, weights, x, varlen), state: run.state };
    });
  }

  /** Runs a packed batch. Throws ShapeError for inputs or a state of another batch. */
  forward({ wantHidden = false, ...args }: ForwardArgs<T>): ForwardResult<T> {
    const { ops, architecture, weights } = this;
    return ops.scope(() => {
      const { hidden, state } = this.hidden(args);
      const logits = project(ops, architecture, weights, hidden);
      return { logits, state, hidden: wantHidden ? hidden : undefined };
    });
  }

  /** Throws ShapeError unless inputs and state are of the batch, DisposedError once the model is disposed. */
  check({ tokens, inputsEmbeds, varlen, state }: HiddenArgs<T>): void {
    const { hiddenSize, branches } = this.architecture;
    this.#alive();
    if (tokens && tokens.length !== varlen.totalTokens)
      throw new ShapeError(
        `forward: tokens must number ${varlen.totalTokens} (the batch's), got ${tokens.length}. Pack them with the same varlen.`,
      );
    const shape = showShape([varlen.totalTokens, hiddenSize]);
    if (inputsEmbeds && showShape(inputsEmbeds.shape) !== shape)
      throw new ShapeError(
        `forward: inputsEmbeds must be ${shape}, got ${showShape(inputsEmbeds.shape)}. Pack them with the same varlen.`,
      );
    if (tokens) checkTokens("forward", tokens, this.architecture.vocabSize);
    if (!state) return;
    if (state.behind.length !== varlen.sequences || state.layers.length !== branches.length)
      throw new ShapeError(
        `forward: the state must be of ${varlen.sequences} sequences and ${branches.length} branches, got ${state.behind.length} and ${state.layers.length}. Select its sequences with selectState().`,
      );
  }

  /** Frees the parameters. */
  dispose(): void {
    this.#disposed = true;
    for (const x of this.parameters.values()) x.dispose();
  }

  [disposeKey](): void {
    this.dispose();
  }

  #alive(): void {
    if (this.#disposed)
      throw new DisposedError("forward: the model must be alive, got a disposed one. Load it again.");
  }
}

function lastTokens<T extends Tensor>(ops: Ops<T>, { sequences, lengths, cuSeqlens }: Varlen): T {
  // a row outside reads as zeros: an empty sequence has no last token
  const index = Int32Array.from({ length: sequences }, (_, n) => (lengths[n] ? cuSeqlens[n + 1]! - 1 : -1));
  return ops.tensor(index, [sequences]);
}
