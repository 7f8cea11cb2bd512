import "./language";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { dark } from "./theme";

export interface Series {
  readonly title: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface PlotProps {
  readonly title: string;
  readonly series: readonly Series[];
  readonly x: string;
  readonly y: string;
  /** Whether an axis counts in powers. */
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly height?: number;
}

const strokes = {
  light: ["#0b6b70", "#c2571a", "#5b5bd6", "#8a6d00"],
  dark: ["#63d4d8", "#f2a06a", "#a7a7f5", "#dcbf4a"],
};
const ink = { light: "#5b5e66", dark: "#a9adb8" };
const line = { light: "#e3e2dd", dark: "#363a44" };

/** The union of all x, and each series over it with gaps. */
function align(series: readonly Series[]): uPlot.AlignedData {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const columns = series.map(({ points }) => {
    const at = new Map(points.map(({ x, y }) => [x, y]));
    return xs.map((x) => at.get(x) ?? null);
  });
  return [xs, ...columns];
}

/** Lines over a number. */
export function Plot({ title, series, x, y, logX = false, logY = false, height = 240 }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = dark.value ? "dark" : "light";
  const titles = series.map((s) => s.title).join();
  useEffect(() => {
    const element = place.current!;
    const axis = (label: string): uPlot.Axis => ({
      label,
      stroke: ink[theme],
      labelSize: 22,
      font: "12px system-ui",
      labelFont: "12px system-ui",
      grid: { stroke: line[theme], width: 1 },
      ticks: { stroke: line[theme], width: 1 },
    });
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        scales: {
          x: { time: false, distr: logX ? 3 : 1, log: 2 },
          y: { distr: logY ? 3 : 1 },
        },
        axes: [axis(x), { ...axis(y), size: 58 }],
        series: [
          { label: x },
          ...titles.split(",").map((label, i): uPlot.Series => {
            const stroke = strokes[theme][i % 4]!;
            return { label, stroke, width: 2, spanGaps: true, points: { size: 6, fill: stroke } };
          }),
        ],
        legend: { live: false, markers: { fill: (_plot, i) => strokes[theme][(i - 1) % 4]! } },
      },
      align(series),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [titles, theme, logX, logY, x, y, height]);
  useEffect(() => {
    plot.current?.setData(align(series));
  }, [series]);
  const shown = (point: Series["points"][number] | undefined) =>
    point ? `${point.y.toPrecision(3)} at ${point.x}` : "nothing";
  const said = series.map(
    ({ title: name, points }) => `${name}: from ${shown(points[0])} to ${shown(points.at(-1))}`,
  );
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}. ${said.join(". ")}`} />
    </figure>
  );
}
