import type { Document } from "../documents";
import { count, percent, plural, seconds, tiny } from "../terminal/format";
import { block, bold, colours, cyan, dim } from "../terminal/paint";
import { type Column, table } from "../terminal/table";
import { differences, largestDifference, type Measured } from "./measure";
import { packedPicture, paddedPicture } from "./picture";

const heading = (text: string, more: string): string => `\n${bold(cyan(text))}  ${dim(more)}`;
const indent = (lines: readonly string[]): string => lines.map((l) => `  ${l}`).join("\n");

/** Padding against packing, at one scale. */
export function showPacking(documents: readonly Document[]): string {
  const lengths = documents.map((d) => d.tokens.length);
  const width = Math.max(24, Math.min(72, (process.stdout.columns ?? 80) - 6));
  const packed = lengths.reduce((sum, n) => sum + n, 0);
  const longest = Math.max(...lengths);
  const padded = lengths.length * longest;
  return [
    heading(
      "padded",
      `${lengths.length} rows × ${count(longest)} = ${count(padded)} tokens, ${percent(padded - packed, padded)} of them padding`,
    ),
    indent(paddedPicture(lengths, width, colours)),
    heading(
      "packed",
      `${plural(lengths.length, "document")} back to back = ${count(packed)} tokens, ${percent(packed, padded)} of the work`,
    ),
    indent(packedPicture(lengths, width, colours)),
  ].join("\n");
}

/** Bits per byte of every document on every backend. */
export function showScores(documents: readonly Document[], all: readonly Measured[]): string {
  const apart = differences(all);
  const both = all.length > 1;
  const columns: readonly Column[] = [
    { name: "", numeric: true },
    { name: "document" },
    { name: "bytes", numeric: true },
    ...all.map(({ backend }) => ({ name: backend, numeric: true })),
    ...(both ? [{ name: "difference", numeric: true }] : []),
  ];
  const rows = documents.map(({ name, bytes }, i) => [
    String(i + 1),
    name,
    count(bytes),
    ...all.map((m) => m.bitsPerByte[i]!.toFixed(5)),
    ...(both ? [tiny(apart[i]!)] : []),
  ]);
  const bytes = documents.reduce((sum, d) => sum + d.bytes, 0);
  const total = [
    "",
    "all",
    count(bytes),
    ...all.map((m) => m.total.toFixed(5)),
    ...(both ? [tiny(Math.max(...all.map((m) => m.total)) - Math.min(...all.map((m) => m.total)))] : []),
  ];
  const [head, ...body] = table(columns, [...rows, total]);
  const coloured = body.map((line, i) =>
    i < documents.length ? block(i, line.slice(0, 1)) + line.slice(1) : bold(line),
  );
  return [
    heading("bits per byte", "all documents in one forward pass; fewer is better"),
    indent([dim(head!), ...coloured]),
    ...(both
      ? [`\n  largest difference between the backends: ${bold(tiny(largestDifference(all)))} bits per byte`]
      : []),
  ].join("\n");
}

/** How long each backend took. */
export function showTimes(tokens: number, all: readonly Measured[]): string {
  const columns: readonly Column[] = [
    { name: "" },
    { name: "load", numeric: true },
    { name: "first pass", numeric: true },
    { name: "second", numeric: true },
    { name: "tokens/s", numeric: true },
  ];
  const rows = all.map(({ backend, loadMs, firstMs, againMs }) => [
    backend,
    seconds(loadMs),
    seconds(firstMs),
    againMs === undefined ? "–" : seconds(againMs),
    count(Math.round((1000 * tokens) / (againMs ?? firstMs))),
  ]);
  const [head, ...body] = table(columns, rows);
  return [heading("times", "what the first pass compiles counts"), indent([dim(head!), ...body])].join("\n");
}
