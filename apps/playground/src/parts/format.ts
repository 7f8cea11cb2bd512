/** Numbers as a person reads them. */
export const count = (value: number): string => value.toLocaleString("en");
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** 3.2e-7 */
export const scientific = (value: number): string =>
  value === 0 ? "0" : value >= 0.01 && value < 1000 ? value.toPrecision(3) : value.toExponential(1);

const scaled = (value: number, units: readonly (readonly [number, string])[]): string => {
  const [size, unit] = units.find(([size]) => value >= size) ?? units.at(-1)!;
  const shown = value / size;
  return `${shown >= 100 || Number.isInteger(shown) ? Math.round(shown) : shown.toPrecision(3)} ${unit}`;
};

export const bytes = (value: number): string =>
  scaled(value, [
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
    [1, "B"],
  ]);

export const flops = (value: number): string =>
  scaled(value, [
    [1e12, "TFLOP"],
    [1e9, "GFLOP"],
    [1e6, "MFLOP"],
    [1e3, "kFLOP"],
    [1, "FLOP"],
  ]);

export const milliseconds = (value: number): string =>
  scaled(value, [
    [1e3, "s"],
    [1, "ms"],
    [1e-3, "µs"],
  ]);
