import type { Measurement } from "./measure";

const headings = [
  "case",
  "on",
  "error",
  "cold ms",
  "median ms",
  "min … max",
  "oracle ÷",
  "GFLOP/s",
  "faster than",
  "",
];

const milliseconds = (ms: number): string =>
  ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);

function cells({ warm, ...row }: Measurement): readonly string[] {
  const { name, on, error, tolerance, coldMs, oracleMs, gflops, versus, correctnessOnly } = row;
  const shown = [name, on, error.toExponential(1), milliseconds(coldMs)];
  if (!warm) return [...shown, "", "", "", "", "", `refused: error above ${tolerance}`];
  return [
    ...shown,
    milliseconds(warm.medianMs),
    `${milliseconds(warm.fastestMs)} … ${milliseconds(warm.slowestMs)}`,
    oracleMs === undefined ? "" : `${(oracleMs / warm.medianMs).toFixed(1)}×`,
    gflops === undefined ? "" : gflops.toFixed(1),
    versus ? `${versus.name} ${versus.ratio.toFixed(1)}×` : "",
    correctnessOnly ? "correctness only" : "",
  ];
}

/** Lines of a suite, in columns; text to the left, numbers to the right. */
export function table(rows: readonly Measurement[]): string {
  const lines = [headings, ...rows.map(cells)];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = new Set([0, 1, headings.length - 2, headings.length - 1]);
  return lines
    .map((line) =>
      line
        .map((cell, i) => (text.has(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
