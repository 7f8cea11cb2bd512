import { fromLengths, type Varlen } from "@webfla/varlen";
import type { Size } from "./case";
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

// 64 documents as they come: most short, a few long
export const documents = [
  527, 578, 173, 63, 606, 207, 363, 88, 335, 54, 3585, 189, 275, 216, 483, 126, 444, 72, 149, 141, 157, 791,
  104, 552, 637, 1569, 963, 165, 1843, 898, 111, 43, 747, 322, 1381, 670, 310, 119, 254, 80, 181, 28, 2310,
  265, 409, 706, 349, 463, 504, 225, 1039, 244, 1130, 393, 298, 198, 841, 134, 287, 426, 96, 234, 1241, 377,
];

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

/** S1 one sequence, S2 the same tokens in five, S3 64 documents in fewer and narrower heads. */
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
        shape("S1", [8192], square(16, 128), [200]),
        shape("S2", ragged, square(16, 128), [33, 65, 1, 0, 100]),
        shape("S3", documents, square(8, 64), [33, 65, 1, 0, 100]),
      ];
