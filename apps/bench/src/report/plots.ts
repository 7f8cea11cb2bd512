import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { green, type Measurement, type Rates, timeOf } from "../measure/measurement";
import { growths } from "./table";

// a page is drawn once, when it is written: what is shown is plain SVG
const { document } = parseHTML("<html><body></body></html>");
const width = 760;

type Options = Parameters<typeof Plot.plot>[0];

/** A plot as text. */
export const svg = (options: Options): string =>
  String(
    Plot.plot({
      document: document as unknown as Document,
      width,
      marginLeft: 70,
      marginRight: 40,
      ...options,
    }).outerHTML,
  );

/** The plot of a figure as an image of its own, on white. A legend stays behind. */
export function image(figure: string): string {
  const at = figure.lastIndexOf("<svg", figure.lastIndexOf('viewBox="'));
  const plot = figure.slice(at, figure.lastIndexOf("</svg>") + "</svg>".length);
  return plot.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" style="background: white"');
}

export interface Figure {
  readonly title: string;
  readonly about: string;
  readonly svg: string;
}

/** Every figure that the results have points for. */
export function figures(rows: readonly Measurement[], rates: readonly Rates[]): readonly Figure[] {
  const right = rows.filter((row) => green(row) && timeOf(row) !== undefined);
  return [...roofline(right, rates), ...growth(right), ...padding(right)];
}

function roofline(rows: readonly Measurement[], rates: readonly Rates[]): readonly Figure[] {
  const points = rows.flatMap((row) =>
    row.bytes && row.flops
      ? [
          {
            name: row.name,
            suite: row.suite,
            on: `${row.on}, ${row.tiers}`,
            intensity: row.flops / row.bytes,
            rate: row.flops / (timeOf(row)! / 1e3),
          },
        ]
      : [],
  );
  if (!points.length) return [];
  const [least, most] = [
    Math.min(...points.map((p) => p.intensity)) / 2,
    Math.max(...points.map((p) => p.intensity)) * 2,
  ];
  const roofs = rates.flatMap(({ on, tiers, bytesPerSecond, flopsPerSecond }) =>
    Object.entries(flopsPerSecond).flatMap(([dtype, flops]) =>
      [least, flops / bytesPerSecond, most]
        .filter((intensity) => intensity >= least && intensity <= most)
        .map((intensity) => ({
          on: `${on}, ${tiers}`,
          dtype,
          intensity,
          rate: Math.min(flops, intensity * bytesPerSecond),
        })),
    ),
  );
  return [
    {
      title: "Roofline",
      about:
        "Each case by the arithmetic that its equation has for a byte that it must move, under what copies and matrix products reached in the same run.",
      svg: svg({
        height: 420,
        grid: true,
        x: { type: "log", label: "FLOP per byte", domain: [least, most] },
        y: { type: "log", label: "FLOP/s", tickFormat: "~s" },
        color: { legend: true },
        symbol: { legend: true },
        marks: [
          Plot.line(roofs, {
            x: "intensity",
            y: "rate",
            z: (d: (typeof roofs)[number]) => `${d.on} ${d.dtype}`,
            strokeDasharray: "4 3",
            sort: "intensity",
          }),
          Plot.dot(points, {
            x: "intensity",
            y: "rate",
            stroke: "suite",
            symbol: "on",
            title: (p: (typeof points)[number]) => `${p.name}\n${p.on}`,
          }),
        ],
      }),
    },
  ];
}

const titles = {
  tokens: "Time against tokens",
  sequences: "Time against sequences among as many tokens",
  skew: "Time against skew of lengths",
};
const labels = { tokens: "tokens", sequences: "sequences", skew: "longest ÷ mean length" };

function growth(rows: readonly Measurement[]): readonly Figure[] {
  const all = growths(rows);
  return (["tokens", "sequences", "skew"] as const).flatMap((axis) => {
    const curves = all.filter((curve) => curve.axis === axis);
    if (!curves.length) return [];
    const points = curves.flatMap(({ curve, on, points }) =>
      points.map((p) => ({ ...p, curve: `${curve}, ${on}` })),
    );
    const times = points.map(({ y }) => y);
    return [
      {
        title: titles[axis],
        about: curves
          .map(({ curve, on, exponent }) => `${curve}, ${on}: exponent ${exponent.toFixed(2)}`)
          .join("; "),
        svg: svg({
          height: 360,
          grid: true,
          marginRight: 260,
          x: { type: "log", label: labels[axis] },
          // what does not grow looks flat
          y: { type: "log", label: "milliseconds", domain: [Math.min(...times) / 2, 2 * Math.max(...times)] },
          marks: [
            Plot.lineY(points, { x: "x", y: "y", stroke: "curve", marker: "circle" }),
            Plot.text(
              points,
              Plot.selectLast({
                x: "x",
                y: "y",
                z: "curve",
                text: "curve",
                textAnchor: "start",
                dx: 8,
                lineWidth: 22,
              }),
            ),
          ],
        }),
      },
    ];
  });
}

/** What packing saves beside what it could. */
function padding(rows: readonly Measurement[]): readonly Figure[] {
  const points = rows.flatMap(({ name, on, rivals = [] }) =>
    rivals.flatMap(({ ratio, expected }) => (ratio && expected ? [{ name, on, ratio, expected }] : [])),
  );
  if (!points.length) return [];
  return [
    {
      title: "Packed against padded",
      about: "How many times longer the padded batch takes; the mark stands where its tokens would put it.",
      svg: svg({
        height: 40 + 22 * points.length,
        marginLeft: 230,
        x: { label: "padded ÷ packed", grid: true },
        y: { label: null },
        marks: [
          Plot.barX(points, { x: "ratio", y: "name", fill: "#4c78a8", title: "on" }),
          Plot.tickX(points, { x: "expected", y: "name", stroke: "#e45756", strokeWidth: 2 }),
        ],
      }),
    },
  ];
}
