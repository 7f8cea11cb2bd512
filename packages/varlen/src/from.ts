import { fail } from "./error";
import { allocate, type Integers, MAX_U32, toUint32, whole } from "./integers";
import { create, type Varlen } from "./varlen";

/** A batch from the length of each sequence, [N], zeros allowed. FLA: prepare_cu_seqlens_from_lens. */
export function fromLengths(lengths: Integers): Varlen {
  return accumulate("fromLengths", toUint32("fromLengths", "lengths", lengths));
}

/**
 * A batch from the first token of each sequence and the token count, [N+1].
 * `totalTokens` and `batch` are the tensor's sizes, [batch, totalTokens, ...], checked against the offsets.
 */
export function fromCuSeqlens(
  cuSeqlens: Integers,
  options: { totalTokens?: number; batch?: number } = {},
): Varlen {
  const op = "fromCuSeqlens";
  const { totalTokens, batch = 1 } = options;
  if (batch !== 1) {
    throw fail(
      op,
      "the batch must be 1 beside offsets",
      batch,
      "Flatten [B, T] to [1, B*T] and offset each row.",
    );
  }
  const offsets = toUint32(op, "offsets", cuSeqlens);
  const last = offsets[offsets.length - 1];
  if (last === undefined)
    throw fail(op, "offsets must have at least one element", 0, "An empty batch is [0].");
  if (offsets[0] !== 0) {
    throw fail(op, "the first offset must be 0", offsets[0], "Offsets are [0, n0, n0 + n1, ...].");
  }
  for (let i = 1; i < offsets.length; i++) {
    if (offsets[i]! < offsets[i - 1]!) {
      const got = `${offsets[i - 1]} then ${offsets[i]} at index ${i}`;
      throw fail(op, "offsets must not decrease", got, "Sort or rebuild them from lengths.");
    }
  }
  if (totalTokens !== undefined && last !== totalTokens) {
    const got = `${last} for ${totalTokens} tokens`;
    throw fail(op, "the last offset must equal totalTokens", got, "Every token must belong to a sequence.");
  }
  return create(offsets);
}

/**
 * A batch from the sequence of each token, [T], which must not decrease. An id without tokens is an empty
 * sequence; ids after the last token's are known only through `sequences`.
 */
export function fromSeqIdx(seqIdx: Integers, options: { sequences?: number } = {}): Varlen {
  const op = "fromSeqIdx";
  const ids = toUint32(op, "ids", seqIdx);
  for (let t = 1; t < ids.length; t++) {
    if (ids[t]! < ids[t - 1]!) {
      const got = `${ids[t - 1]} then ${ids[t]} at index ${t}`;
      throw fail(op, "ids must not decrease", got, "Sort the tokens by sequence.");
    }
  }
  const least = ids.length === 0 ? 0 : ids[ids.length - 1]! + 1;
  const sequences = whole(op, "sequences", options.sequences ?? least, 0);
  if (sequences < least) {
    const got = `${least - 1} at index ${ids.length - 1} for ${sequences} sequences`;
    throw fail(op, "ids must be below sequences", got, "Give the number of sequences, empty ones too.");
  }
  const lengths = allocate(op, sequences);
  for (let t = 0; t < ids.length; t++) lengths[ids[t]!]!++;
  return accumulate(op, lengths);
}

/**
 * A batch from the place of each token in its sequence, [T]. Every 0 starts a sequence, so empty sequences
 * cannot be seen, and a sequence that starts at another place (a continued one) is an error: where the
 * offsets are known, give them instead.
 */
export function fromPositionIds(positionIds: Integers): Varlen {
  const op = "fromPositionIds";
  const places = toUint32(op, "places", positionIds);
  const starts: number[] = [];
  for (let t = 0; t < places.length; t++) {
    if (places[t] === 0) starts.push(t);
    else if (t === 0 || places[t] !== places[t - 1]! + 1) {
      const got = t === 0 ? `${places[t]} at index 0` : `${places[t - 1]} then ${places[t]} at index ${t}`;
      throw fail(op, "places must start at 0 and go up by 1", got, "Give offsets to fromCuSeqlens instead.");
    }
  }
  starts.push(places.length);
  return create(Uint32Array.from(starts));
}

/** Every length times `n`: n micro-steps a token, as in DeltaProduct. */
export function repeatTokens(varlen: Varlen, n: number): Varlen {
  const op = "repeatTokens";
  const times = whole(op, "n", n, 1);
  const total = varlen.totalTokens * times;
  if (total > MAX_U32) throw tooLong(op, `${total} from ${varlen.totalTokens} times ${times}`);
  return create(varlen.cuSeqlens.map((offset) => offset * times));
}

/** Sums lengths to offsets. */
export function accumulate(op: string, lengths: Uint32Array): Varlen {
  const offsets = allocate(op, lengths.length + 1);
  let total = 0;
  for (let i = 0; i < lengths.length; i++) {
    total += lengths[i]!;
    if (total > MAX_U32) throw tooLong(op, `${total} at index ${i}`);
    offsets[i + 1] = total;
  }
  return create(offsets);
}

const tooLong = (op: string, got: string) =>
  fail(op, `the tokens must number at most ${MAX_U32}`, got, "Split the batch.");
