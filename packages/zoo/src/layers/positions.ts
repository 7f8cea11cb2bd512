import type { RotaryArgs } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";

/** cos and sin of the batch's own positions, a row a token. */
export interface RotaryTable {
  readonly cos: Float32Array; // [T, dim/2]
  readonly sin: Float32Array; // [T, dim/2]
  /** First row of each sequence, for `rotary`. */
  readonly offsets: NonNullable<RotaryArgs<never>["offsets"]>; // [N]
}

/** Where the tokens of a batch stand in their documents. */
export interface Positions {
  /** [N] tokens that each sequence has behind it. */
  readonly behind: Uint32Array;
  /** Angles position · base^(−2i/dim) (Su et al. 2021), made once a forward pass. */
  rotary(dim: number, base: number): RotaryTable;
}

export function positionsOf(
  varlen: Varlen,
  behind: Uint32Array = new Uint32Array(varlen.sequences),
): Positions {
  const tables = new Map<string, RotaryTable>();
  return {
    behind,
    rotary(dim, base) {
      const key = `${dim} ${base}`;
      const known = tables.get(key);
      if (known) return known;
      const table = rotaryTable(varlen, behind, dim, base);
      tables.set(key, table);
      return table;
    },
  };
}

function rotaryTable(varlen: Varlen, behind: Uint32Array, dim: number, base: number): RotaryTable {
  const half = dim / 2;
  const { totalTokens, seqIdx, positionIds, cuSeqlens, sequences } = varlen;
  const cos = new Float32Array(totalTokens * half);
  const sin = new Float32Array(totalTokens * half);
  const frequencies = Float64Array.from({ length: half }, (_, i) => base ** (-i / half));
  for (let t = 0; t < totalTokens; t++) {
    const position = behind[seqIdx[t]!]! + positionIds[t]!;
    for (let i = 0; i < half; i++) {
      cos[t * half + i] = Math.cos(position * frequencies[i]!);
      sin[t * half + i] = Math.sin(position * frequencies[i]!);
    }
  }
  return { cos, sin, offsets: cuSeqlens.slice(0, sequences) };
}
