import { fromLengths, type Varlen } from "@webfla/varlen";
import type { Size } from "./case";
import documents from "./documents.json";
import type { Heads } from "./laws";

/** A batch and its heads. */
export interface Shape {
  readonly name: string;
  readonly varlen: Varlen;
  readonly heads: Heads;
  /** The same raggedness and widths, for the CPU backend. */
  readonly check: { readonly varlen: Varlen; readonly heads: Heads };
  /** The batch that a kernel without boundaries would need. */
  readonly padded?: Varlen;
}

// cu_seqlens [0, 257, 1500, 1501, 4096, 8192]
const ragged = [257, 1243, 1, 2595, 4096];

const square = (H: number, D: number): Heads => ({ H, K: D, V: D });

export const paddedTo = (lengths: readonly number[]): Varlen =>
  fromLengths(lengths.map(() => Math.max(...lengths)));

function shape(name: string, lengths: readonly number[], heads: Heads, check: readonly number[]): Shape {
  return {
    name,
    varlen: fromLengths(lengths),
    heads,
    check: { varlen: fromLengths(check), heads: { ...heads, H: 2 } },
    ...(lengths.length > 1 && { padded: paddedTo(lengths) }),
  };
}

/**
 * S0 one sequence in few and narrow heads, for which a token-by-token kernel leaves most of a device idle; S1 one sequence, S2 the same tokens
 * in five, S3 64 documents as they come, most short and a few long, in fewer and narrower heads.
 */
export const shapes = ({ small }: Size): readonly Shape[] =>
  small
    ? [
        shape("S1/64", [128], square(1, 16), [80]),
        shape("S2/64", [4, 20, 1, 39, 64], square(1, 16), [4, 20, 1, 39]),
        shape(
          "S3/64",
          documents.slice(0, 8).map((n) => n >> 4),
          square(1, 16),
          [33, 1, 12],
        ),
      ]
    : [
        shape("S0", [8192], square(4, 64), [200]),
        shape("S1", [8192], square(16, 128), [200]),
        shape("S2", ragged, square(16, 128), [33, 65, 1, 0, 100]),
        shape("S3", documents, square(8, 64), [33, 65, 1, 0, 100]),
      ];
