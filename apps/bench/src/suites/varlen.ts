import { fromLengths, packRows, splits, toMask, type Varlen } from "@webfla/varlen";
import { once, repeat } from "../measure/host";
import { type Effort, green, type Measurement } from "../measure/measurement";

const everyArray = (lengths: Uint32Array): Varlen => {
  const varlen = fromLengths(lengths);
  void [varlen.lengths, varlen.seqIdx, varlen.positionIds, varlen.tokenIndices(), varlen.chunks(64)];
  void [splits(varlen, 16), toMask(varlen, { side: "left" })];
  return varlen;
};

/** Tokens that are not where their sequence and position say, as a share. */
function misplaced({ cuSeqlens, seqIdx, positionIds, totalTokens }: Varlen): number {
  let wrong = 0;
  for (let t = 0; t < totalTokens; t++) if (cuSeqlens[seqIdx[t]!]! + positionIds[t]! !== t) wrong++;
  return wrong / totalTokens;
}

/** Sequences of 0 to 20 tokens, ten on average, to every array that a kernel may want. */
export async function* varlenSuite(effort: Effort): AsyncGenerator<Measurement> {
  const sequences = effort.quick ? 10_000 : 1_000_000;
  const lengths = Uint32Array.from({ length: sequences }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 7) % 21);
  const total = lengths.reduce((sum, n) => sum + n, 0);
  const about = { suite: "varlen", on: "JavaScript", correctnessOnly: false, tolerance: 0 };
  const size = `${sequences.toLocaleString("en")} sequences, ${total.toLocaleString("en")} tokens`;
  const arrays = await once(() => everyArray(lengths));
  const rows = await once(() => packRows(lengths, { budget: 2048 }));
  const kept = rows.result.lengths.reduce((sum, n) => sum + n, 0);
  const cases = [
    {
      name: `every array: ${size}`,
      coldMs: arrays.ms,
      error: misplaced(arrays.result),
      body: () => everyArray(lengths),
    },
    {
      name: `packRows: ${size}`,
      coldMs: rows.ms,
      error: Math.abs(kept - total) / total,
      body: () => packRows(lengths, { budget: 2048 }),
    },
  ];
  for (const { body, ...checked } of cases) {
    const row = { ...about, ...checked };
    yield green(row) ? { ...row, warm: await repeat(row.name, body, effort) } : row;
  }
}
