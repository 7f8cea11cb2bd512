import { green, type Measurement } from "../measure/measurement";
import type { Results } from "../run";
import { besideHeads, besideLines, flaLine, targetHeads, targetLines } from "./beside";
import { besideFigure } from "./beside-plot";
import { milliseconds, scaled, times } from "./numbers";
import { figures } from "./plots";
import { cells, groupOf, growths, headings, ratesLine, remarks } from "./table";

const plain = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1400px; margin: 2rem auto; padding: 0 1rem; color: #1b1e23; background: #fff; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #e3e6ea; white-space: nowrap; }
th:first-child, td:first-child, td:last-child { text-align: left; }
td:last-child { white-space: pre; } .refused td { color: #a4262c; }
summary { cursor: pointer; } figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; }
.note { background: #fff4d6; padding: .5rem 1rem; }`;

const row = (cells: readonly string[], tag = "td"): string =>
  `<tr>${cells.map((cell) => `<${tag}>${plain(cell)}</${tag}>`).join("")}</tr>`;
const table = (heads: readonly string[], lines: readonly string[]): string =>
  `<table><thead>${row(heads, "th")}</thead><tbody>${lines.join("")}</tbody></table>`;

const measured = (m: Measurement): string =>
  row([...cells(m), remarks(m).join("\n")]).replace("<tr>", green(m) ? "<tr>" : '<tr class="refused">');

function stages({ name, stages = [] }: Measurement): string {
  const total = stages.reduce((sum, { nanoseconds = 0 }) => sum + nanoseconds, 0);
  const lines = stages.map(({ kernel, dispatches, nanoseconds, bytes, flops }) =>
    row([
      kernel,
      String(dispatches),
      milliseconds(nanoseconds && nanoseconds / 1e6),
      nanoseconds && total ? `${((100 * nanoseconds) / total).toFixed(0)} %` : "",
      scaled(bytes, "B"),
      scaled(nanoseconds && bytes / (nanoseconds / 1e9), "B/s"),
      scaled(nanoseconds && flops && flops / (nanoseconds / 1e9), "FLOP/s"),
    ]),
  );
  return `<details><summary>${plain(name)}: ${stages.length} kernels</summary>${table(
    ["kernel", "dispatches", "GPU", "share", "bytes", "bytes a second", "flops a second"],
    lines,
  )}</details>`;
}

const section = (
  title: string,
  about: string,
  heads: readonly string[],
  lines: readonly (readonly string[])[],
): readonly string[] =>
  lines.length
    ? [
        `<h2>${plain(title)}</h2><p>${plain(about)}</p>${table(
          heads,
          lines.map((cells) => row(cells)),
        )}`,
      ]
    : [];

/** One self-contained page: no script, nothing loaded. */
export async function page(results: Results): Promise<string> {
  const { taken, machine, rates, results: rows } = results;
  const groups = new Map<string, Measurement[]>();
  for (const r of rows) groups.set(groupOf(r), [...(groups.get(groupOf(r)) ?? []), r]);
  const growing = growths(rows);
  const parts = [
    `<h1>webfla: measured ${plain(taken.slice(0, 16).replace("T", " "))}</h1>`,
    `<p>${plain([machine.cpu, `${machine.cores} cores`, machine.platform, `Node ${machine.node}`, machine.dawn, machine.commit ? `commit ${machine.commit}` : ""].filter(Boolean).join(", "))}</p>`,
    `<ul>${results.adapters.map(({ name, info }) => `<li>${plain(`${name}: ${info.vendor} ${info.architecture}, ${info.description}`)}</li>`).join("")}</ul>`,
    `<ul>${rates.map((r) => `<li>${plain(ratesLine(r))}</li>`).join("")}</ul>`,
    rows.some((r) => r.correctnessOnly)
      ? '<p class="note">An adapter here computes on the processor: its times say nothing of a GPU, only that the results are right.</p>'
      : "",
    ...section("Targets", "", targetHeads, targetLines(results)),
    ...section("Beside FLA", flaLine(results), besideHeads, besideLines(results)),
    ...[...besideFigure(results), ...figures(rows, rates)].map(
      ({ title, about, svg }) => `<h2>${plain(title)}</h2><p>${plain(about)}</p><figure>${svg}</figure>`,
    ),
    growing.length
      ? `<h2>Growth</h2>${table(
          ["curve", "on", "exponent", "longest ÷ shortest"],
          growing.map((g) => row([g.curve, g.on, g.exponent.toFixed(2), times(g.range)])),
        )}`
      : "",
    ...[...groups].map(
      ([title, group]) =>
        `<h2>${plain(title)}</h2>${table([...headings, "times the case's"], group.map(measured))}${group
          .filter((m) => m.stages)
          .map(stages)
          .join("")}`,
    ),
  ];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>webfla: bench</title><style>${style}</style><body>${parts.join("\n")}</body></html>\n`;
}
