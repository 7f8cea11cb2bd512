import builtIn from "virtual:documents";
import { computed, signal } from "@preact/signals";
import { VarlenError } from "@webfla/varlen";
import { flag, linked, numberIn, texts } from "../link";
import { type Packing, packTexts, placeOf } from "./packing";

export const documents = linked("pack", "document", builtIn, texts);
export const budget = linked("pack", "budget", 1024, numberIn(1, 1_000_000));
export const chunkSize = linked("pack", "chunk", 64, numberIn(1, 65_536));
export const split = linked("pack", "split", false, flag);

export const restoreBuiltIn = () => {
  documents.value = builtIn;
};

/** The packing, or why there is none. */
export const packing = computed<{ readonly made: Packing } | { readonly refused: string }>(() => {
  try {
    const options = { budget: budget.value, chunkSize: chunkSize.value, split: split.value };
    return { made: packTexts(documents.value, options) };
  } catch (error) {
    if (error instanceof VarlenError) return { refused: error.message };
    throw error;
  }
});

/** The token that is pointed at. */
export const pointed = signal(0);

export const place = computed(() => {
  const result = packing.value;
  if (!("made" in result) || result.made.varlen.totalTokens === 0) return undefined;
  return placeOf(result.made, Math.min(pointed.value, result.made.varlen.totalTokens - 1));
});
