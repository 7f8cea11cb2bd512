import {
  blockCsr,
  fromCuSeqlens,
  fromLengths,
  fromMask,
  type Side,
  splits,
  toMask,
  type Varlen,
} from "@webfla/varlen";
import { compare } from "./compare";
import { type Finding, unsupported } from "./line";

type Json = number | readonly Json[];
type Values = ArrayLike<number>;

interface Case {
  readonly lens: readonly number[];
  readonly cu_seqlens: readonly number[];
  readonly by_size: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

interface BlockCsrCase {
  readonly lens: readonly number[] | null;
  readonly B: number;
  readonly T: number;
  readonly H: number;
  readonly S: number;
  readonly block_size: number;
  readonly num_blocks: number;
  readonly block_indices: Json;
  readonly csr_offsets: readonly number[];
  readonly queries: readonly (readonly number[])[];
}

/** FLA's index functions and what they return. */
export interface VarlenGolden {
  readonly cases: readonly Case[];
  readonly block_csr: readonly BlockCsrCase[];
}

const masked = (varlen: Varlen, side: Side): Varlen =>
  fromMask(toMask(varlen, { side }), { shape: [varlen.sequences, varlen.maxLength], side });

/** FLA's functions of a batch. */
const ofBatch: Readonly<Record<string, (varlen: Varlen) => Values>> = {
  lens: (v) => v.lengths,
  cu_seqlens: (v) => v.cuSeqlens,
  prepare_lens: (v) => v.lengths,
  prepare_cu_seqlens_from_lens: (v) => fromLengths(v.lengths).cuSeqlens,
  prepare_lens_from_mask_left_padded: (v) => masked(v, "left").lengths,
  prepare_lens_from_mask_right_padded: (v) => masked(v, "right").lengths,
  prepare_cu_seqlens_from_mask_left_padded: (v) => masked(v, "left").cuSeqlens,
  prepare_cu_seqlens_from_mask_right_padded: (v) => masked(v, "right").cuSeqlens,
  mask_left_padded: (v) => toMask(v, { side: "left" }),
  prepare_position_ids: (v) => v.positionIds,
  prepare_sequence_ids: (v) => v.seqIdx,
  prepare_token_indices: (v) => v.tokenIndices(),
  split_rectangular_B2_T100_32: () => splits(fromLengths([100, 100]), 32).cuSeqlens,
};

/** FLA's functions of a batch and a chunk size. */
const ofSize: Readonly<Record<string, (varlen: Varlen, size: number) => Values>> = {
  prepare_chunk_indices: (v, size) => v.chunks(size).indices,
  prepare_chunk_offsets: (v, size) => v.chunks(size).offsets,
  prepare_split_cu_seqlens: (v, size) => splits(v, size).cuSeqlens,
  get_max_num_splits: (v, size) => [splits(v, size).maxPerSequence],
};

const flat = (x: Json): number[] => (typeof x === "number" ? [x] : x.flatMap(flat));
const checksum = (x: Values): number =>
  Array.from(x).reduce((sum, value, i) => sum + value * ((i % 251) + 1), 0);

/** Holds one result to FLA's, exactly; `_checksum` names hold a sum instead of the array. */
function hold(
  name: string,
  about: string,
  theirs: Json,
  compute: ((name: string) => Values) | undefined,
  note?: string,
): Finding {
  const label = `${name}(${about})`;
  if (!compute) return unsupported(label, `no function ${name}`);
  const mine = compute(name);
  return compare(label, name.endsWith("_checksum") ? [checksum(mine)] : mine, flat(theirs), 0, note);
}

/**
 * FLA numbers only the sequences it sees tokens of. Ids are held to the place in the batch instead: the right answer
 * where a case has an empty sequence, and FLA's own where it has none.
 */
const renumber: Readonly<Record<string, (theirs: Json, places: readonly number[]) => Json>> = {
  prepare_sequence_ids: (ids, places) => flat(ids).map((id) => places[id]!),
  prepare_token_indices: (pairs, places) => flat(pairs).map((x, i) => (i % 2 === 0 ? places[x]! : x)),
};

function* verifyCase({ lens, cu_seqlens, by_size, ...rest }: Case): Generator<Finding> {
  const varlen = fromCuSeqlens(cu_seqlens);
  const about = `[${lens.join(",")}]`;
  const places = lens.flatMap((length, i) => (length > 0 ? [i] : []));
  const hasEmpty = places.length < lens.length;
  const plain = (name: string) => {
    const compute = ofBatch[name.replace(/_checksum$/, "")];
    return compute && (() => compute(varlen));
  };
  for (const [name, theirs] of Object.entries({ lens, cu_seqlens, ...rest }) as [string, Json][]) {
    const right = renumber[name];
    if (right && hasEmpty)
      yield hold(
        name,
        about,
        right(theirs, places),
        plain(name),
        "empty sequences keep their id; FLA's do not",
      );
    else yield hold(name, about, theirs, plain(name));
  }
  for (const [size, results] of Object.entries(by_size))
    for (const [name, theirs] of Object.entries(results)) {
      const compute = ofSize[name.replace(/_checksum$/, "")];
      yield hold(name, `${about}, ${size}`, theirs, compute && (() => compute(varlen, Number(size))));
    }
}

function* verifyBlockCsr(entry: BlockCsrCase): Generator<Finding> {
  const { lens, B, T, H, S } = entry;
  const { offsets, queries } = blockCsr({
    blockIndices: flat(entry.block_indices),
    shape: [B, T, H, S],
    blockSize: entry.block_size,
    numBlocks: entry.num_blocks,
    ...(lens && { varlen: fromLengths(lens) }),
  });
  const about = `${lens ? `[${lens.join(",")}]` : `B ${B}`}, T ${T}, H ${H}, S ${S}`;
  yield compare(`prepare_block_csr.offsets(${about})`, offsets, entry.csr_offsets, 0);
  yield compare(`prepare_block_csr.queries(${about})`, queries, entry.queries.flat(), 0);
}

/** Verifies @webfla/varlen against FLA's index functions, by name, exactly. */
export function* verifyVarlen(golden: VarlenGolden): Generator<Finding> {
  for (const entry of golden.cases) yield* verifyCase(entry);
  for (const entry of golden.block_csr) yield* verifyBlockCsr(entry);
}
