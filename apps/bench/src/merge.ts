import type { FlaRun } from "./fla-run";
import type { Measurement } from "./measure/measurement";
import { mergeFla } from "./report/fla";
import type { Results } from "./run";

const rowKey = ({ suite, name, on, tiers }: Measurement): string => [suite, name, on, tiers].join("|");

const last = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [keyOf(item), item])).values(),
];

/** Runs of one tree on one machine as one run: of a row that several have, the last. */
export function merge(runs: readonly [Results, ...Results[]], beside: readonly FlaRun[] = []): Results {
  const fla = mergeFla([...beside, ...runs.flatMap((run) => run.fla ?? [])]);
  return {
    ...runs.at(-1)!,
    adapters: last(
      runs.flatMap((run) => run.adapters),
      ({ name }) => name,
    ),
    rates: last(
      runs.flatMap((run) => run.rates),
      ({ on, tiers }) => `${on}|${tiers}`,
    ),
    results: last(
      runs.flatMap((run) => run.results),
      rowKey,
    ),
    ...(fla && { fla }),
  };
}
