import { fail } from "./error";
import { allocate, type Integers, toUint32, whole } from "./integers";
import type { Varlen } from "./varlen";

export interface BlockCsrArgs {
  /** [B, T, H, S] flat: the blocks that each query and head selected, -1 for none. */
  readonly blockIndices: Integers;
  readonly shape: readonly [number, number, number, number];
  /** Slots in use: one number for all, or [B, T, H]; S unless given. */
  readonly blockCounts?: number | Integers;
  readonly blockSize: number;
  /** With it B must be 1 and blocks are counted within each sequence. */
  readonly varlen?: Varlen;
  /** Blocks of a dense row, ceil(T / blockSize) unless given; a packed batch knows its own. */
  readonly numBlocks?: number;
}

/** For every block, the queries that selected it: `queries` from `offsets[i]` to `offsets[i + 1]`, ascending. */
export interface BlockCsr {
  /** [blocks+1]; block (b * H + h) * numBlocks + s of a dense row, (chunk offset of the sequence + s) * H + h packed. */
  readonly offsets: Uint32Array;
  /** [selections] b * T + t */
  readonly queries: Uint32Array;
}

/**
 * Turns each query's block selection into each block's list of queries, as a block-parallel backward needs.
 * Negative ids and blocks that start after the query are no selections.
 * FLA: prepare_block_csr.
 */
export function blockCsr(args: BlockCsrArgs): BlockCsr {
  const { blocks, visit } = selections(args);
  const offsets = allocate("blockCsr", blocks + 1);
  visit((block) => {
    offsets[block + 1]!++;
  });
  for (let block = 0; block < blocks; block++) offsets[block + 1]! += offsets[block]!;
  const next = offsets.slice();
  const queries = allocate("blockCsr", offsets[blocks]!);
  visit((block, query) => {
    queries[next[block]!++] = query;
  });
  return { offsets, queries };
}

/** How many blocks there are, and a walk over all (block, query) selections in the order of queries. */
function selections({ blockIndices, shape, blockCounts, blockSize, varlen, numBlocks }: BlockCsrArgs) {
  const op = "blockCsr";
  const [B, T, H, S] = shape.map((size, i) => whole(op, `shape[${i}]`, size, 0)) as [
    number,
    number,
    number,
    number,
  ];
  const given = blockCounts ?? S;
  const counts =
    typeof given === "number" ? whole(op, "blockCounts", given, 0) : toUint32(op, "blockCounts", given);
  expect(op, "blockIndices", blockIndices.length, B * T * H * S);
  if (typeof counts !== "number") expect(op, "blockCounts", counts.length, B * T * H);
  if (varlen && B !== 1) {
    throw fail(op, "the batch must be 1 beside varlen", B, "Flatten [B, T] to [1, B*T] and offset each row.");
  }
  if (varlen) expect(op, "shape[1], the tokens of the batch,", T, varlen.totalTokens);
  const size = whole(op, "blockSize", blockSize, 1);
  const least = Math.ceil(T / size);
  const perRow = whole(op, "numBlocks", numBlocks ?? least, 0);
  if (!varlen && perRow < least) {
    throw fail(
      op,
      `numBlocks must be at least ${least} for ${T} tokens`,
      perRow,
      "Leave it out or raise it.",
    );
  }
  const chunks = varlen?.chunks(size);

  // where block s of head h lies, which is all that differs between dense rows and packed sequences
  const layout = (b: number, t: number) => {
    if (!varlen || !chunks) return { place: t, first: b * H * perRow, step: 1, head: perRow };
    return { place: varlen.positionIds[t]!, first: chunks.offsets[varlen.seqIdx[t]!]! * H, step: H, head: 1 };
  };
  const visit = (see: (block: number, query: number) => void) => {
    for (let query = 0; query < B * T; query++) {
      const { place, first, step, head } = layout(Math.floor(query / T), query % T);
      for (let h = 0; h < H; h++) {
        const row = query * H + h;
        const used = Math.min(S, typeof counts === "number" ? counts : counts[row]!);
        for (let slot = 0; slot < used; slot++) {
          const s = Number(blockIndices[row * S + slot]);
          if (!Number.isInteger(s)) {
            throw fail(
              op,
              "block ids must be whole numbers",
              `${s} at index ${row * S + slot}`,
              "Use -1 for none.",
            );
          }
          if (s >= 0 && s * size <= place) see(first + s * step + h * head, query);
        }
      }
    }
  };
  return { blocks: chunks ? chunks.count * H : B * H * perRow, visit };
}

function expect(op: string, name: string, got: number, wanted: number): void {
  if (got !== wanted) throw fail(op, `${name} must number ${wanted}`, got, "Check shape against the arrays.");
}
