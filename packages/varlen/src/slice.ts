import { fail } from "./error";
import { whole } from "./integers";
import { create, type Varlen } from "./varlen";

/** A part of a batch, tokens [start, end), with what the states of its n sequences have to do. */
export interface Slice {
  readonly start: number;
  readonly end: number;
  /** The part as a batch of its own, of n sequences. */
  readonly varlen: Varlen;
  /** [n] the sequence in the whole batch: the row of its state in [N, ...]. */
  readonly sequence: Uint32Array;
  /** [n] tokens of the sequence that lie before this part. */
  readonly offset: Uint32Array;
  /** [n] 1 where the sequence starts here with a fresh state, 0 where its state row is carried in. */
  readonly starts: Uint8Array;
  /** [n] 1 where the sequence ends here, 0 where its state row is carried on. */
  readonly finishes: Uint8Array;
}

/**
 * Cuts tokens [start, end) out of a batch. An empty sequence lies at its offset, those at T in the part that
 * ends there, so parts that tile the tokens hold every sequence.
 */
export function slice(varlen: Varlen, { start, end }: { start: number; end: number }): Slice {
  const { totalTokens } = varlen;
  const inside = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && end <= totalTokens;
  if (inside && (start < end || totalTokens === 0)) return part(varlen, start, end);
  const got = `[${start}, ${end})`;
  throw fail(
    "slice",
    `tokens must be a non-empty range in [0, ${totalTokens})`,
    got,
    "Give whole bounds inside it.",
  );
}

/**
 * Cuts a batch into parts of at most `budget` tokens that are run in turn (chunked prefill).
 * A sequence is cut only at a multiple of `align` of its own tokens, 1 unless given: with the chunk size of a
 * kernel, the parts do the very sums of the whole.
 */
export function prefillSteps(varlen: Varlen, options: { budget: number; align?: number }): Slice[] {
  const op = "prefillSteps";
  const align = whole(op, "align", options.align ?? 1, 1);
  const budget = whole(op, "budget", options.budget, 1);
  if (budget < align) {
    throw fail(op, `the budget must be at least align, ${align}`, budget, "Raise the budget or lower align.");
  }
  const { cuSeqlens, sequences, totalTokens } = varlen;
  if (sequences === 0) return [];
  const steps: Slice[] = [];
  let start = 0;
  do {
    let end = Math.min(start + budget, totalTokens);
    const cut = firstAt(cuSeqlens, end);
    if (cuSeqlens[cut]! > end) end -= (end - cuSeqlens[cut - 1]!) % align;
    steps.push(part(varlen, start, end));
    start = end;
  } while (start < totalTokens);
  return steps;
}

function part({ cuSeqlens, sequences, totalTokens }: Varlen, start: number, end: number): Slice {
  const at = firstAt(cuSeqlens, start);
  const first = cuSeqlens[at]! > start ? at - 1 : at;
  const last = end === totalTokens ? sequences : firstAt(cuSeqlens, end);
  const n = last - first;
  const cu = new Uint32Array(n + 1);
  const sequence = new Uint32Array(n);
  const offset = new Uint32Array(n);
  const starts = new Uint8Array(n);
  const finishes = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const from = cuSeqlens[first + i]!;
    const to = cuSeqlens[first + i + 1]!;
    cu[i + 1] = Math.min(to, end) - start;
    sequence[i] = first + i;
    offset[i] = Math.max(start - from, 0);
    starts[i] = from >= start ? 1 : 0;
    finishes[i] = to <= end ? 1 : 0;
  }
  return Object.freeze<Slice>({ start, end, varlen: create(cu), sequence, offset, starts, finishes });
}

/** The first index whose offset is at least `token`. */
function firstAt(cuSeqlens: Uint32Array, token: number): number {
  let low = 0;
  let high = cuSeqlens.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuSeqlens[middle]! < token) low = middle + 1;
    else high = middle;
  }
  return low;
}
