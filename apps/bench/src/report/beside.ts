import type { Results } from "../run";
import { verdicts } from "../targets";
import { besideFla } from "./fla";
import { columns, milliseconds, times } from "./numbers";

export const besideHeads = ["case", "GPU", "FLA GPU", "ratio", "call", "FLA call", "ratio", ""] as const;

/** Each case that FLA was timed at: ours, FLA's, and ours over FLA's. */
export const besideLines = (results: Results): readonly (readonly string[])[] =>
  besideFla(results).map(({ row, fla, gpu, call }) => [
    [row.suite, row.name, row.tiers].join(" "),
    milliseconds(row.gpu?.medianMs),
    milliseconds(fla.gpuMs),
    times(gpu),
    milliseconds(row.warm?.medianMs),
    milliseconds(fla.callMs),
    times(call),
    fla.reason ? `FLA not measured: ${fla.reason}` : (fla.remark ?? ""),
  ]);

export const targetHeads = ["target", "bound", "measured", "held", ""] as const;

/** Nothing where only software adapters ran. */
export const targetLines = (results: Results): readonly (readonly string[])[] =>
  results.adapters.some(({ software }) => !software)
    ? verdicts(results).map(({ title, bound, measured, held, note }) => [
        title,
        bound,
        measured,
        held ? "yes" : "no",
        note,
      ])
    : [];

export const flaLine = ({ fla }: Results): string =>
  fla
    ? `FLA ${fla.fla.slice(0, 12)}, torch ${fla.torch}, Triton ${fla.triton}, ${fla.dtype}, on ${fla.device} (driver ${fla.driver}), ${fla.taken.slice(0, 10)}`
    : "";

/** The tables that hold a run against FLA and against what it is to reach; empty where there is nothing to say. */
export function besideText(results: Results): string {
  const [beside, held] = [besideLines(results), targetLines(results)];
  return [
    ...(beside.length ? [`beside ${flaLine(results)}`, columns([besideHeads, ...beside]), ""] : []),
    ...(held.length ? [columns([targetHeads, ...held], 4)] : []),
  ].join("\n");
}
