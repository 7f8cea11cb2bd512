import { green, type Measurement, type Rates, timeOf } from "../measure/measurement";
import { exponent } from "../measure/statistics";
import { columns, milliseconds, scaled, times } from "./numbers";

/** What a table shows of a row, before its competitors. */
export const headings = [
  "case",
  "error",
  "cold",
  "GPU",
  "p10 … p90",
  "call",
  "p10 … p90",
  "floor",
  "÷ floor",
  "bytes/s",
  "flops/s",
] as const;

/** What a table is of. */
export const groupOf = ({ on, tiers, suite }: Measurement): string =>
  [suite, on, tiers].filter(Boolean).join(", ");

const range = (spread: { readonly p10Ms: number; readonly p90Ms: number } | undefined): string =>
  spread ? `${milliseconds(spread.p10Ms)} … ${milliseconds(spread.p90Ms)}` : "";

/** The cells under the headings; those of times are empty where it is refused. */
export function cells(row: Measurement): readonly string[] {
  const { name, error, coldMs, gpu, warm, floorMs, bytes, flops } = row;
  const time = green(row) ? timeOf(row) : undefined;
  const rate = (amount: number | undefined, unit: string): string =>
    scaled(time && amount && amount / (time / 1e3), unit);
  return [
    name,
    Number.isNaN(error) ? "" : error.toExponential(1),
    milliseconds(coldMs),
    milliseconds(gpu?.medianMs),
    range(gpu),
    milliseconds(warm?.medianMs),
    range(warm),
    time ? milliseconds(floorMs) : "",
    times(time && floorMs && time / floorMs),
    rate(bytes, "B/s"),
    rate(flops, "FLOP/s"),
  ];
}

/** Why a row has no time, or its competitors'. */
export const remarks = (row: Measurement): readonly string[] =>
  green(row) ? notes(row) : [`refused: ${row.failure ?? `error above ${row.tolerance}`}`];

function notes({ rivals = [], oracleMs, warm }: Measurement): readonly string[] {
  return [
    ...rivals.map(({ name, ratio, expected, reason }) =>
      reason
        ? `${name}: ${reason}`
        : `${name} ${times(ratio)}${expected ? ` (tokens ${times(expected)})` : ""}`,
    ),
    ...(oracleMs && warm ? [`oracle ${times(oracleMs / warm.medianMs)}`] : []),
  ];
}

/** A table for each suite on each device. */
export function tables(rows: readonly Measurement[]): string {
  const groups = new Map<string, Measurement[]>();
  for (const row of rows) groups.set(groupOf(row), [...(groups.get(groupOf(row)) ?? []), row]);
  return [...groups]
    .map(([title, group]) => {
      const software = group.some((row) => row.correctnessOnly)
        ? " (on the processor: correctness only)"
        : "";
      return `${title}${software}\n${columns([[...headings, ""], ...group.map((row) => [...cells(row), remarks(row).join("; ")])])}`;
    })
    .join("\n\n");
}

/** What a row's time is made of. */
export function stageTable({ name, stages = [] }: Measurement): string {
  const total = stages.reduce((sum, { nanoseconds = 0 }) => sum + nanoseconds, 0);
  const lines = stages.map(({ kernel, dispatches, nanoseconds, bytes, flops }) => [
    kernel,
    String(dispatches),
    milliseconds(nanoseconds && nanoseconds / 1e6),
    nanoseconds && total ? `${((100 * nanoseconds) / total).toFixed(0)} %` : "",
    scaled(bytes, "B"),
    scaled(nanoseconds && bytes / (nanoseconds / 1e9), "B/s"),
    scaled(flops, "FLOP"),
    scaled(nanoseconds && flops && flops / (nanoseconds / 1e9), "FLOP/s"),
    "",
  ]);
  const heads = ["kernel", "dispatches", "GPU", "share", "bytes", "rate", "flops", "rate", ""];
  return `${name}\n${columns([heads, ...lines])}`;
}

export const ratesLine = ({ on, tiers, bytesPerSecond, flopsPerSecond: { f32, f16 } }: Rates): string =>
  `${on}, ${tiers}: copies ${scaled(bytesPerSecond, "B/s")}, multiplies matrices in f32 at ${scaled(f32, "FLOP/s")}${f16 ? `, in f16 at ${scaled(f16, "FLOP/s")}` : ""}`;

/** How a time grows along a curve. */
export interface Growth {
  readonly curve: string;
  readonly on: string;
  readonly axis: "tokens" | "sequences" | "skew";
  /** Of a power law through the points. */
  readonly exponent: number;
  /** The longest time over the shortest. */
  readonly range: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Every curve with two points or more. */
export function growths(rows: readonly Measurement[]): readonly Growth[] {
  const curves = new Map<
    string,
    Omit<Growth, "exponent" | "range" | "points"> & { points: { x: number; y: number }[] }
  >();
  for (const row of rows)
    for (const { curve, axis, x } of row.points ?? []) {
      const y = timeOf(row);
      if (y === undefined) continue;
      const on = [row.on, row.tiers, row.dtype].filter(Boolean).join(", ");
      const known = curves.get(`${curve} ${on}`) ?? { curve, on, axis, points: [] };
      curves.set(`${curve} ${on}`, known);
      known.points.push({ x, y });
    }
  return [...curves.values()]
    .filter(({ points }) => points.length > 1)
    .map((curve) => {
      const ys = curve.points.map(({ y }) => y);
      return { ...curve, exponent: exponent(curve.points), range: Math.max(...ys) / Math.min(...ys) };
    });
}

export const growthTable = (rows: readonly Measurement[]): string => {
  const lines = growths(rows).map(({ curve, on, axis, exponent, range }) => [
    curve,
    on,
    axis,
    exponent.toFixed(2),
    times(range),
    "",
  ]);
  return lines.length
    ? columns([["curve", "on", "along", "exponent", "longest ÷ shortest", ""], ...lines], 3)
    : "";
};
