import type { BackendChoice, BackendInfo } from "../worker/choices";

export const modelTypes = { gated_deltanet: "Gated DeltaNet", kda: "Kimi delta attention" } as const;
export type ModelType = keyof typeof modelTypes;

/** What a run is, and goes on with after a pause. */
export interface TrainSettings {
  readonly modelType: ModelType;
  readonly hidden: number;
  readonly layers: number;
  /** Tokens of a step. */
  readonly tokens: number;
  readonly lr: number;
  readonly seed: number;
}

export interface TrainRequest {
  readonly backend: BackendChoice;
  readonly settings: TrainSettings;
  readonly documents: readonly string[];
  /** Steps to take from here. */
  readonly steps: number;
  /** A text is sampled after so many steps. */
  readonly sampleEvery: number;
  /** begin: a new model; go-on: the one in memory; restore: the one that this browser keeps. */
  readonly mode: "begin" | "go-on" | "restore";
}

export interface TrainedStep {
  /** From 1. */
  readonly step: number;
  readonly loss: number; // nats a token
  readonly tokensPerSecond: number;
  readonly sequences: number;
  readonly fillRatio: number;
}

export interface Sample {
  readonly step: number;
  readonly text: string;
}

export type TrainUpdate =
  | {
      readonly kind: "opened";
      readonly info: BackendInfo;
      readonly parameters: number;
      readonly steps: number;
    }
  | { readonly kind: "step"; readonly step: TrainedStep }
  | { readonly kind: "sample"; readonly sample: Sample };

export interface TrainReport {
  readonly steps: number;
  /** Why the run is not kept in this browser, if it is not. */
  readonly unkept: string | undefined;
  readonly paused: boolean;
}

/** A run that this browser keeps. */
export interface KeptRun {
  readonly steps: number;
  readonly settings: TrainSettings;
}

/** The configuration of a small model, as FLA reads it. */
export const configOf = ({ modelType, hidden, layers }: TrainSettings) => {
  const heads = Math.max(1, hidden >> 6);
  return {
    model_type: modelType,
    hidden_size: hidden,
    num_heads: heads,
    head_dim: hidden / heads,
    expand_v: 1,
    num_hidden_layers: layers,
    // bytes, one token that opens a document and one that ends it
    vocab_size: 258,
    bos_token_id: 256,
    eos_token_id: 257,
    tie_word_embeddings: true,
  };
};
