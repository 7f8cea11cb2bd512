import * as Plot from "@observablehq/plot";
import type { Results } from "../run";
import { besideFla, subjectOf } from "./fla";
import { type Figure, svg } from "./plots";

/** Ours over FLA's by the GPU's clock, f16 with every feature: left of the line it is faster. */
export function besideFigure(results: Results): readonly Figure[] {
  const points = besideFla(results).flatMap(({ row, gpu }) =>
    gpu && row.dtype === "f16" && row.tiers === "all"
      ? [{ name: subjectOf(row), pass: row.suite, ratio: gpu }]
      : [],
  );
  if (!points.length) return [];
  const names = new Set(points.map(({ name }) => name));
  return [
    {
      title: "GPU time over FLA's",
      about: "f16 with every feature over FLA's bf16 on the same card; at 1 both take as long.",
      svg: svg({
        height: 70 + 18 * names.size,
        marginLeft: 180,
        x: { type: "log", label: "ours ÷ FLA's", grid: true, tickFormat: "~g" },
        y: { label: null, domain: [...names] },
        symbol: { legend: true },
        marks: [
          Plot.ruleX([1], { stroke: "#2a7f3f" }),
          Plot.ruleX([2], { stroke: "#c98a1b", strokeDasharray: "4 3" }),
          Plot.dot(points, {
            x: "ratio",
            y: "name",
            symbol: "pass",
            stroke: "#4c78a8",
            title: (p: (typeof points)[number]) => `${p.name} ${p.pass}: ${p.ratio.toFixed(2)}`,
          }),
        ],
      }),
    },
  ];
}
