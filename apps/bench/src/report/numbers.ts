/** A time with as many digits as say something. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined || Number.isNaN(ms)) return "";
  if (ms < 1) return `${(1e3 * ms).toPrecision(3)} µs`;
  return `${ms < 1000 ? ms.toPrecision(3) : ms.toFixed(0)} ms`;
}

const steps = ["", "k", "M", "G", "T", "P"];

/** A count of something with a unit: 1.43 TB/s. */
export function scaled(value: number | undefined, unit: string): string {
  if (value === undefined || !Number.isFinite(value)) return "";
  const step = Math.min(steps.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${(value / 1000 ** step).toPrecision(3)} ${steps[step]}${unit}`;
}

export const times = (ratio: number | undefined): string =>
  ratio === undefined || !Number.isFinite(ratio)
    ? ""
    : `${ratio < 10 ? ratio.toPrecision(2) : ratio.toFixed(0)}×`;

/** A share of a whole: 31 %. */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Lines in columns; the first `text` columns to the left, the others to the right, but for the last. */
export function columns(lines: readonly (readonly string[])[], text = 1): string {
  const count = lines[0]?.length ?? 0;
  const widths = Array.from({ length: count }, (_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i < text || i === count - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
