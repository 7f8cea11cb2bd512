import { fromLengths, type Varlen } from "@webfla/varlen";
import { split } from "./plan";

/** Consecutive tokens of a batch, as a batch of their own: whole sequences, or a piece of one. */
export interface Part {
  readonly varlen: Varlen;
  /** Its sequences in the batch, first and end. */
  readonly sequences: readonly [first: number, end: number];
  /** Its tokens in the batch, first and end. */
  readonly tokens: readonly [first: number, end: number];
  /** Whether it begins, or ends, inside its only sequence. */
  readonly continues: boolean;
  readonly continued: boolean;
}

const known = new WeakMap<Varlen, Map<string, readonly Part[]>>();

/** Parts of at most `most` chunks where sequences of more than `shortest` tokens are cut into chunks of `longest`; memoised. */
export function partsOf(
  varlen: Varlen,
  { shortest, longest, most }: { shortest: number; longest: number; most: number },
): readonly Part[] {
  const { chunks } = split(varlen, shortest, longest);
  const { sequences: N, totalTokens: T } = varlen;
  if (chunks.length / 2 <= most)
    return [{ varlen, sequences: [0, N], tokens: [0, T], continues: false, continued: false }];
  const byKey = known.get(varlen) ?? new Map<string, readonly Part[]>();
  known.set(varlen, byKey);
  const key = `${shortest} ${longest} ${most}`;
  const made = byKey.get(key) ?? divide(varlen, shortest, longest, most);
  byKey.set(key, made);
  return made;
}

function divide(
  { sequences: N, cuSeqlens }: Varlen,
  shortest: number,
  longest: number,
  most: number,
): Part[] {
  const parts: Part[] = [];
  const wholes = (first: number, end: number): void => {
    if (first === end) return;
    const cu = cuSeqlens.subarray(first, end + 1);
    const lengths = Array.from(cu.subarray(1), (token, i) => token - cu[i]!);
    const tokens = [cu[0]!, cu.at(-1)!] as const;
    parts.push({
      varlen: fromLengths(lengths),
      sequences: [first, end],
      tokens,
      continues: false,
      continued: false,
    });
  };
  const pieces = (n: number): void => {
    const [start, end] = [cuSeqlens[n]!, cuSeqlens[n + 1]!];
    for (let first = start; first < end; first += most * longest) {
      const last = Math.min(first + most * longest, end);
      parts.push({
        varlen: fromLengths([last - first]),
        sequences: [n, n + 1],
        tokens: [first, last],
        continues: first > start,
        continued: last < end,
      });
    }
  };
  let first = 0;
  let filled = 0;
  for (let n = 0; n < N; n++) {
    const length = cuSeqlens[n + 1]! - cuSeqlens[n]!;
    const count = length > shortest ? Math.ceil(length / longest) : 0;
    if (filled + count > most) {
      wholes(first, n);
      first = n;
      filled = 0;
    }
    if (count > most) {
      pieces(n);
      first = n + 1;
    } else filled += count;
  }
  wholes(first, N);
  return parts;
}
