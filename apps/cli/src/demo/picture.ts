import { block, dim } from "../terminal/paint";

/** Cells of one document: its number, then blanks on its colour, or its number throughout where there are no colours. */
function cells(i: number, count: number, colours: boolean): string {
  if (count === 0) return "";
  const label = String(i + 1);
  return block(i, (colours ? label.padEnd(count) : label.repeat(count)).slice(0, count));
}

/** A row for each document, filled up to the longest with dots. */
export function paddedPicture(
  lengths: readonly number[],
  width: number,
  colours: boolean,
): readonly string[] {
  const longest = Math.max(...lengths);
  return lengths.map((length, i) => {
    const filled = Math.max(1, Math.round((length / longest) * width));
    return cells(i, filled, colours) + dim("·".repeat(width - filled));
  });
}

/** The documents back to back at the same scale, broken where the paper ends. */
export function packedPicture(
  lengths: readonly number[],
  width: number,
  colours: boolean,
): readonly string[] {
  const longest = Math.max(...lengths);
  const lines: string[] = [];
  let line = "";
  let behind = 0;
  let drawn = 0;
  for (const [i, length] of lengths.entries()) {
    behind += length;
    // rounded where the document ends, so that errors do not add up
    for (let end = Math.round((behind / longest) * width), first = true; drawn < end; first = false) {
      const room = width - (drawn % width);
      const count = Math.min(room, end - drawn);
      line += first || !colours ? cells(i, count, colours) : block(i, " ".repeat(count));
      drawn += count;
      if (drawn % width === 0) {
        lines.push(line);
        line = "";
      }
    }
  }
  return line ? [...lines, line] : lines;
}
