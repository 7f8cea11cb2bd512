// 1 M sequences of 0 to 20 tokens, 10 M in all: every conversion, and every array of one batch together.
import { Bench } from "tinybench";
import {
  fromCuSeqlens,
  fromLengths,
  fromMask,
  fromPositionIds,
  fromSeqIdx,
  nextTokenLabels,
  pack,
  packPadded,
  packRows,
  prefillSteps,
  splits,
  toMask,
  unpack,
  unpackPadded,
} from "./index";

const N = 1_000_000;
const lengths = Uint32Array.from({ length: N }, (_, i) => (Math.imul(i, 2_654_435_761) >>> 7) % 21);
const varlen = fromLengths(lengths);
const T = varlen.totalTokens;
const tokens = varlen.positionIds;
const shape = [N, varlen.maxLength] as const;
const mask = toMask(varlen, { side: "left" });
const documents = unpack(tokens, varlen);
const padded = unpackPadded({ x: tokens, varlen, side: "left" }).x;

const everyArray = () => {
  const fresh = fromLengths(lengths);
  return [
    fresh.lengths,
    fresh.seqIdx,
    fresh.positionIds,
    fresh.tokenIndices(),
    fresh.chunks(64),
    splits(fresh, 16),
    toMask(fresh, { side: "left" }),
  ];
};

const bench = new Bench({
  name: `${N} sequences, ${T} tokens`,
  time: 0,
  iterations: 5,
  warmupIterations: 1,
  warmupTime: 0,
});
bench
  .add("fromLengths", () => fromLengths(lengths))
  .add("fromCuSeqlens", () => fromCuSeqlens(varlen.cuSeqlens, { totalTokens: T }))
  .add("fromSeqIdx", () => fromSeqIdx(varlen.seqIdx, { sequences: N }))
  .add("fromPositionIds", () => fromPositionIds(varlen.positionIds))
  .add("fromMask", () => fromMask(mask, { shape, side: "left" }))
  .add("fromLengths to every array", everyArray)
  .add("pack", () => pack(documents))
  .add("unpack", () => unpack(tokens, varlen))
  .add("packPadded", () => packPadded({ x: padded, shape, varlen, side: "left" }))
  .add("unpackPadded", () => unpackPadded({ x: tokens, varlen, side: "left" }))
  .add("nextTokenLabels", () => nextTokenLabels(tokens, varlen))
  .add("prefillSteps, 4096 a step", () => prefillSteps(varlen, { budget: 4096, align: 64 }))
  .add("packRows, rows of 2048", () => packRows(lengths, { budget: 2048 }));
await bench.run();

console.log(bench.name);
console.table(
  bench.tasks.map(({ name, result }) => {
    if (!("latency" in result)) throw new Error(`bench: ${name} did not run`);
    return { name, "median ms": result.latency.p50.toFixed(1), "slowest ms": result.latency.max.toFixed(1) };
  }),
);
