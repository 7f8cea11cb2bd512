// Equality with flash-linear-attention's index functions, whatever the file holds.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  blockCsr,
  fromCuSeqlens,
  fromLengths,
  fromMask,
  type Side,
  splits,
  toMask,
  type Varlen,
} from "./index";

type Json = number | readonly Json[];
type Case = { lens: number[]; cu_seqlens: number[]; by_size: Record<string, Record<string, Json>> };
type Csr = {
  lens: number[] | null;
  B: number;
  T: number;
  H: number;
  S: number;
  block_size: number;
  num_blocks: number;
  block_indices: Json;
  csr_offsets: number[];
  queries: number[][];
};
const file = new URL("../../conformance/fixtures/varlen.json", import.meta.url);
const golden: { cases: Case[]; block_csr: Csr[] } = JSON.parse(readFileSync(file, "utf8"));

const masked = (varlen: Varlen, side: Side) =>
  fromMask(toMask(varlen, { side }), { shape: [varlen.sequences, varlen.maxLength], side });
const plain: Record<string, (varlen: Varlen) => Uint32Array | Uint8Array> = {
  lens: (v) => v.lengths,
  cu_seqlens: (v) => fromLengths(v.lengths).cuSeqlens,
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
const sized: Record<string, (varlen: Varlen, size: number) => Uint32Array | number> = {
  prepare_chunk_indices: (v, size) => v.chunks(size).indices,
  prepare_chunk_offsets: (v, size) => v.chunks(size).offsets,
  prepare_split_cu_seqlens: (v, size) => splits(v, size).cuSeqlens,
  get_max_num_splits: (v, size) => splits(v, size).maxPerSequence,
};
const flat = (x: Json): number[] => (typeof x === "number" ? [x] : x.flatMap(flat));
const list = (x: Uint32Array | Uint8Array | number) => (typeof x === "number" ? [x] : Array.from(x));
const checksum = (x: number[]) => x.reduce((sum, value, i) => sum + value * ((i % 251) + 1), 0);

function verify(name: string, mine: number[], theirs: Json): void {
  if (name.endsWith("_checksum")) expect(checksum(mine)).toBe(theirs);
  else expect(mine).toEqual(flat(theirs));
}

describe.each(golden.cases)("lengths $lens", (entry) => {
  const varlen = fromCuSeqlens(entry.cu_seqlens);
  // FLA numbers the sequences it sees tokens of; the right number is the place in the batch
  const visible = entry.lens.flatMap((length, i) => (length > 0 ? [i] : []));
  const right: Record<string, (theirs: Json) => Json> = {
    prepare_sequence_ids: (ids) => flat(ids).map((id) => visible[id]!),
    prepare_token_indices: (pairs) => flat(pairs).map((x, i) => (i % 2 === 0 ? visible[x]! : x)),
  };

  it.each(Object.entries(entry).filter(([name]) => name !== "by_size"))("%s", (name, theirs) => {
    const mine = list(plain[name.replace(/_checksum$/, "")]!(varlen));
    verify(name, mine, right[name]?.(theirs as Json) ?? (theirs as Json));
  });
  it.each(
    Object.entries(entry.by_size).flatMap(([size, results]) =>
      Object.entries(results).map(([name, theirs]) => ({ size: Number(size), name, theirs })),
    ),
  )("$name of $size", ({ size, name, theirs }) => {
    verify(name, list(sized[name.replace(/_checksum$/, "")]!(varlen, size)), theirs);
  });
});

describe("prepare_block_csr", () => {
  it.each(golden.block_csr)("lengths $lens, B $B, T $T, H $H, S $S", (entry) => {
    const { offsets, queries } = blockCsr({
      blockIndices: flat(entry.block_indices),
      shape: [entry.B, entry.T, entry.H, entry.S],
      blockSize: entry.block_size,
      numBlocks: entry.num_blocks,
      ...(entry.lens && { varlen: fromLengths(entry.lens) }),
    });
    expect(Array.from(offsets)).toEqual(entry.csr_offsets);
    expect(entry.queries.map((_, i) => Array.from(queries.subarray(offsets[i], offsets[i + 1])))).toEqual(
      entry.queries,
    );
  });
});
