import type { FlaRow, FlaRun } from "../fla-run";
import { green, type Measurement } from "../measure/measurement";
import type { Results } from "../run";

/** A case of ours with FLA's times. */
export interface Beside {
  readonly row: Measurement;
  readonly fla: FlaRow;
  /** Ours over FLA's, by the clock of the GPU and by that of the caller. */
  readonly gpu?: number;
  readonly call?: number;
}

/** What a case is, without its storage type: "gla S1". */
export const subjectOf = ({ name }: Pick<Measurement, "name">): string => name.replace(/ f(?:16|32)$/, "");

/** Every right row that FLA has a counterpart of. */
export function besideFla({ results, fla }: Results): readonly Beside[] {
  const theirs = new Map((fla?.rows ?? []).map((row) => [`${row.pass}: ${row.law} ${row.shape}`, row]));
  return results.filter(green).flatMap((row) => {
    const fla = theirs.get(`${row.suite}: ${subjectOf(row)}`);
    if (!fla) return [];
    const gpu = row.gpu && fla.gpuMs && row.gpu.medianMs / fla.gpuMs;
    const call = row.warm && fla.callMs && row.warm.medianMs / fla.callMs;
    return [{ row, fla, ...(gpu && { gpu }), ...(call && { call }) }];
  });
}

/** One run of FLA of several: what an earlier one has not measured comes from a later one, and says so. */
export function mergeFla(runs: readonly FlaRun[]): FlaRun | undefined {
  const [first, ...later] = runs;
  if (!first) return undefined;
  const keyOf = ({ law, shape, pass }: FlaRow): string => [law, shape, pass].join();
  const rows = new Map(first.rows.map((row) => [keyOf(row), row]));
  for (const { rows: more, device, taken } of later)
    for (const row of more) {
      const known = rows.get(keyOf(row));
      if (known?.gpuMs !== undefined && known.callMs !== undefined) continue;
      const remark = [row.remark, `in part from ${device}, ${taken.slice(0, 10)}`].filter(Boolean).join("; ");
      const { reason: _, ...measured } = known ?? {};
      rows.set(keyOf(row), { ...row, ...measured, remark });
    }
  return { ...first, rows: [...rows.values()] };
}
