import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "./measure/measurement";
import { merge } from "./merge";
import { flaLine, targetHeads, targetLines } from "./report/beside";
import { besideFigure } from "./report/beside-plot";
import { besideFla } from "./report/fla";
import { percent, scaled, times } from "./report/numbers";
import { image } from "./report/plots";
import type { Results } from "./run";

const MOST_STAGES = 8;
const none = "No run of this bench on a GPU is committed yet.";

const hardware = ({ adapters }: Results): string => adapters.find(({ software }) => !software)?.name ?? "";

/** The committed runs, one for each GPU. */
export function committed(folder: string): readonly Results[] {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const runs = files
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Partial<Results>)
    .filter((run): run is Results => run.adapters !== undefined && run.machine !== undefined);
  const groups = new Map<string, [Results, ...Results[]]>();
  for (const run of runs.filter(hardware)) {
    const group = groups.get(hardware(run));
    if (group) group.push(run);
    else groups.set(hardware(run), [run]);
  }
  return [...groups.values()].map((group) => merge(group));
}

const markdown = (heads: readonly string[], lines: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function about(results: Results): string {
  const { machine, taken, rates } = results;
  const { info, name } = results.adapters.find(({ software }) => !software)!;
  const all = rates.find((r) => r.tiers === "all") ?? rates[0]!;
  return [
    `**${name}**, ${machine.driver ? `driver ${machine.driver}` : info.description}, Vulkan, Dawn of ${machine.dawn}, Node ${machine.node.slice(1)}, ${taken.slice(0, 10)}${machine.commit ? `, commit ${machine.commit}` : ""}.`,
    `In the same run it copies ${scaled(all.bytesPerSecond, "B/s")} and multiplies matrices at ${scaled(all.flopsPerSecond.f16, "FLOP/s")} in f16, ${scaled(all.flopsPerSecond.f32, "FLOP/s")} in f32.`,
  ].join(" ");
}

/** GPU times of f16 with every feature, FLA's and the ratio, a law to a line. */
function beside(results: Results): string {
  const rows = besideFla(results).filter(({ row }) => row.dtype === "f16" && row.tiers === "all");
  if (!rows.length) return "";
  const heads = [...new Set(rows.map(({ row, fla }) => `${fla.shape} ${row.suite}`))];
  const subjects = [...new Set(rows.map(({ fla }) => fla.law))];
  const cell = (law: string, head: string): string => {
    const found = rows.find(({ row, fla }) => fla.law === law && `${fla.shape} ${row.suite}` === head);
    const [ours, theirs] = [found?.row.gpu?.medianMs, found?.fla.gpuMs];
    return ours
      ? `${ours.toFixed(3)} / ${theirs?.toFixed(3) ?? "–"} ${found?.gpu ? `= ${times(found.gpu)}` : ""}`.trim()
      : "–";
  };
  return [
    `GPU time in ms, ours / FLA's = ratio. ${flaLine(results)}.`,
    markdown(
      ["", ...heads],
      subjects.map((law) => [law, ...heads.map((head) => cell(law, head))]),
    ),
  ].join("\n\n");
}

/** The kernels of each row at S1, f16 with every feature, and how fast each moves its bytes beside a copy. */
function stagesOf(results: Results): string {
  const copy = results.rates.find(({ tiers }) => tiers === "all")?.bytesPerSecond;
  const rows = results.results.filter(
    ({ name, dtype, tiers, stages }) => name.includes(" S1 ") && dtype === "f16" && tiers === "all" && stages,
  );
  if (!copy || !rows.length) return "";
  const cell = ({ kernel, nanoseconds = 0, bytes = 0 }: Stage): string =>
    `${kernel.split("/")[1]} ${(nanoseconds / 1e3).toFixed(0)} (${percent(bytes / (nanoseconds / 1e9) / copy)})`;
  const line = ({ suite, name, stages = [] }: (typeof rows)[0]): readonly string[] => [
    `${suite} ${name.split(" ")[0]}`,
    [...stages]
      .sort((a, b) => (b.nanoseconds ?? 0) - (a.nanoseconds ?? 0))
      .slice(0, MOST_STAGES)
      .map(cell)
      .join(", "),
  ];
  return [
    `What S1 is made of: µs of the ${MOST_STAGES} kernels that take longest, and how fast each moves what it must read and write, as a share of a copy's rate.`,
    markdown(["", "kernels"], rows.map(line)),
  ].join("\n\n");
}

const slug = (results: Results): string =>
  hardware(results)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");

/** What a run on a GPU says in Markdown; `folder` is where it finds the figures. */
const section = (results: Results, folder: string): string =>
  [
    about(results),
    "Each target, the least and the most that was measured, and whether all of it is measured and within the bound:",
    markdown(
      targetHeads.map((head) => head || "rows within"),
      targetLines(results),
    ),
    beside(results),
    stagesOf(results),
    ...besideFigure(results).map(({ title }) => `![${title}](${folder}/${slug(results)}.svg)`),
  ]
    .filter(Boolean)
    .join("\n\n");

const marked = /(<!-- results from ([^ ]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A Markdown file with what is between its marks written anew. */
export const renewed = (text: string, runs: readonly Results[]): string =>
  text.replace(marked, (_, open: string, folder: string, close: string) => {
    const sections = runs.map((run) => section(run, folder));
    return `${open}${sections.length ? sections.join("\n\n") : none}\n${close}`;
  });

/** Figures of committed runs by file name. */
export const drawn = (runs: readonly Results[]): ReadonlyMap<string, string> =>
  new Map(
    runs.flatMap((run) =>
      besideFigure(run).map(({ svg }): [string, string] => [`${slug(run)}.svg`, `${image(svg)}\n`]),
    ),
  );

/** Writes the sections of Markdown files and the figures from what is committed. */
export function writeResults(folder: string, files: readonly string[]): void {
  const runs = committed(folder);
  for (const [name, svg] of drawn(runs)) writeFileSync(join(folder, name), svg);
  for (const file of files) writeFileSync(file, renewed(readFileSync(file, "utf8"), runs));
}
