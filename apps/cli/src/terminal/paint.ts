import pc from "picocolors";

/** Whether stdout takes colours: a terminal that is not told otherwise by NO_COLOR. */
export const colours = pc.isColorSupported && (process.stdout.isTTY || "FORCE_COLOR" in process.env);

const paint = pc.createColors(colours);
export const { bold, cyan, dim, green, red, yellow } = paint;

/** 256-colour codes that stay apart from each other on dark and on light backgrounds. */
const hues = [33, 208, 70, 170, 37, 178, 99, 203];

/** Text on the background of document i. */
export const block = (i: number, text: string): string =>
  colours ? `\x1b[48;5;${hues[i % hues.length]}m\x1b[38;5;231m${text}\x1b[0m` : text;
