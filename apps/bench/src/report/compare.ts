import { type Measurement, timeOf } from "../measure/measurement";
import type { Results } from "../run";
import { columns, milliseconds, times } from "./numbers";

// a case of one run is that of the other when the same is measured in the same way; the device may differ
const keyOf = ({ suite, name, tiers }: Measurement): string => [suite, name, tiers].join(" | ");

const geometricMean = (ratios: readonly number[]): number =>
  Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length);

/** Two runs side by side: the second's time over the first's, rows that only one has at the end. */
export function compare(a: Results, b: Results): string {
  const theirs = new Map(b.results.map((row) => [keyOf(row), row]));
  const mine = new Map(a.results.map((row) => [keyOf(row), row]));
  const ratios: number[] = [];
  const lines = [...mine].flatMap(([key, first]) => {
    const second = theirs.get(key);
    if (!second) return [];
    // like with like: the device's clock where both have one
    const clock = first.gpu && second.gpu ? "GPU" : "call";
    const [x, y] =
      clock === "GPU" ? [timeOf(first), timeOf(second)] : [first.warm?.medianMs, second.warm?.medianMs];
    const ratio = x && y ? y / x : undefined;
    if (ratio) ratios.push(ratio);
    return [[key, clock, milliseconds(x), milliseconds(y), times(ratio), spreadNote(first, second, ratio)]];
  });
  const only = (from: ReadonlyMap<string, Measurement>, other: ReadonlyMap<string, Measurement>) =>
    [...from.keys()].filter((key) => !other.has(key));
  const rest = [
    ...only(mine, theirs).map((k) => `only in the first: ${k}`),
    ...only(theirs, mine).map((k) => `only in the second: ${k}`),
  ];
  const heads = ["case", "clock", a.taken.slice(0, 16), b.taken.slice(0, 16), "second ÷ first", ""];
  const mean = ratios.length
    ? `geometric mean of ${ratios.length}: ${geometricMean(ratios).toFixed(3)}`
    : "no case in common";
  return [columns([heads, ...lines], 2), mean, ...rest].join("\n");
}

/** Whether the two spreads overlap: then the ratio may be noise. */
function spreadNote(a: Measurement, b: Measurement, ratio: number | undefined): string {
  const [x, y] = [a.gpu && b.gpu ? a.gpu : a.warm, a.gpu && b.gpu ? b.gpu : b.warm];
  if (!ratio || !x || !y) return "";
  return x.p10Ms <= y.p90Ms && y.p10Ms <= x.p90Ms ? "within the spread" : "";
}
