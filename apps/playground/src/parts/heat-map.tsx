import { useEffect, useRef } from "preact/hooks";
import type { Grid } from "../run/request";
import { scientific } from "./format";
import { dark } from "./theme";

type Colour = readonly [number, number, number];
const palettes: Record<
  "light" | "dark",
  { readonly zero: Colour; readonly plus: Colour; readonly minus: Colour }
> = {
  light: { zero: [246, 245, 241], plus: [190, 74, 20], minus: [9, 104, 112] },
  dark: { zero: [28, 30, 36], plus: [250, 160, 100], minus: [90, 210, 214] },
};
const wrong: Colour = [214, 0, 132];

function paint(canvas: HTMLCanvasElement, { rows, columns, values, peak }: Grid, scale: number): void {
  const { zero, plus, minus } = palettes[dark.value ? "dark" : "light"];
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  const top = scale || peak || 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // a root lifts what is small, so that structure shows beside a few large values
    const strength = Math.min(1, Math.sqrt(Math.abs(value) / top));
    const end = value < 0 ? minus : plus;
    for (let c = 0; c < 3; c++)
      image.data[4 * i + c] = Number.isFinite(value) ? zero[c]! + strength * (end[c]! - zero[c]!) : wrong[c]!;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** Numbers as colours: teal below zero, orange above, the deeper the larger. */
export function HeatMap({
  title,
  grid,
  scale,
  children,
}: {
  readonly title: string;
  readonly grid: Grid;
  /** The magnitude of the deepest colour; the grid's own largest where it is left out. */
  readonly scale?: number;
  readonly children?: preact.ComponentChildren;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = dark.value;
  useEffect(() => {
    if (canvas.current && grid.values.length > 0) paint(canvas.current, grid, scale ?? 0);
  }, [grid, scale, isDark]);
  const about = `up to ${scientific(grid.peak)}`;
  return (
    <figure class="heat">
      <figcaption>
        {title} <span>{about}</span>
      </figcaption>
      <canvas
        ref={canvas}
        width={Math.max(1, grid.columns)}
        height={Math.max(1, grid.rows)}
        role="img"
        aria-label={`${title}: ${grid.rows} by ${grid.columns}, ${about}`}
      />
      {children}
    </figure>
  );
}
