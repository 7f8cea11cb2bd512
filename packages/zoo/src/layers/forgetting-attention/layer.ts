import { type AttentionOptions, attention } from "../attention";
import type { Layer } from "../layer";

export interface ForgettingAttentionOptions
  extends Pick<AttentionOptions, "hiddenSize" | "numHeads" | "numKvHeads" | "qkvBias"> {
  /** RMSNorm of every query and key, with a weight for each head. */
  readonly qkNorm: boolean;
  readonly useOutputGate: boolean;
}

/** Softmax attention with forget gates in place of positions (Lin et al. 2025, arXiv:2503.02130). FLA: fla.layers.ForgettingAttention. */
export const forgettingAttention = ({
  qkNorm,
  useOutputGate,
  ...options
}: ForgettingAttentionOptions): Layer =>
  attention({
    ...options,
    qkNorm: qkNorm ? "perHead" : undefined,
    windowSize: 0,
    forgetGate: true,
    outputGate: useOutputGate,
  });
