export const count = (n: number): string => n.toLocaleString("en-US");

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

export const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

export const tiny = (x: number): string => (x === 0 ? "0" : x.toExponential(1));

export const plural = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? "" : "s"}`;

const units = ["B", "kB", "MB", "GB", "TB"];

/** Decimal units, three digits. */
export function bytes(n: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, n)) / 3));
  return `${Number((n / 1000 ** power).toPrecision(3))} ${units[power]}`;
}
