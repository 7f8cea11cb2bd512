/** A column: its heading, and whether it holds numbers, which end where the heading ends. */
export interface Column {
  readonly name: string;
  readonly numeric?: boolean;
}

const pad = (text: string, width: number, { numeric }: Column): string =>
  numeric ? text.padStart(width) : text.padEnd(width);

/** Rows under headings, in columns as wide as their widest cell, without colours. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [columns.map((c) => c.name), ...rows];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i]!, columns[i]!))
      .join("  ")
      .trimEnd(),
  );
}
