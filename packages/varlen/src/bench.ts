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
const shape = [N, varlen.maxLength] as const;
const mask = toMask(varlen, { side: "left" });

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

async function measure(name: string, tasks: Record<string, () => unknown>): Promise<void> {
  const bench = new Bench({ name, time: 0, iterations: 7, warmupTime: 0, warmupIterations: 2 });
  for (const [task, run] of Object.entries(tasks)) bench.add(task, run);
  await bench.run();
  console.log(`${name} (${N} sequences, ${T} tokens)`);
  console.table(
    bench.tasks.map(({ name, result }) => {
      if (!("latency" in result)) throw new Error(`bench: ${name} did not run`);
      const { p50, min, max } = result.latency;
      return {
        name,
        "median ms": p50.toFixed(1),
        "fastest ms": min.toFixed(1),
        "slowest ms": max.toFixed(1),
      };
    }),
  );
}

await measure("index arrays", {
  fromLengths: () => fromLengths(lengths),
  fromCuSeqlens: () => fromCuSeqlens(varlen.cuSeqlens, { totalTokens: T }),
  fromSeqIdx: () => fromSeqIdx(varlen.seqIdx, { sequences: N }),
  fromPositionIds: () => fromPositionIds(varlen.positionIds),
  fromMask: () => fromMask(mask, { shape, side: "left" }),
  "fromLengths, then every array": everyArray,
  "prefillSteps, 4096 a step": () => prefillSteps(varlen, { budget: 4096, align: 64 }),
  "packRows, rows of 2048": () => packRows(lengths, { budget: 2048 }),
});

// made only now: a million live arrays would slow the collector during the measurements above
const tokens = varlen.positionIds;
const documents = unpack(tokens, varlen);
const padded = unpackPadded({ x: tokens, varlen, side: "left" }).x;
await measure("moving tokens", {
  pack: () => pack(documents),
  unpack: () => unpack(tokens, varlen),
  packPadded: () => packPadded({ x: padded, shape, varlen, side: "left" }),
  unpackPadded: () => unpackPadded({ x: tokens, varlen, side: "left" }),
  nextTokenLabels: () => nextTokenLabels(tokens, varlen),
});
