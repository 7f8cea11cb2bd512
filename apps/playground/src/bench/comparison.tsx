import results from "virtual:results";
import type { BenchVariant, Point, Suite } from "./request";

/** Of a series, the point of the most tokens. */
const largest = (points: readonly Point[], suite: Suite, series: string): Point | undefined =>
  points
    .filter((point) => point.suite === suite && point.series === series)
    .reduce<Point | undefined>(
      (most, point) => (most && most.tokens > point.tokens ? most : point),
      undefined,
    );

/** Thousands of tokens a second. */
const rate = (tokens: number, ms: number): string => {
  const thousands = tokens / ms;
  return `${thousands < 100 ? thousands.toPrecision(3) : Math.round(thousands).toLocaleString("en")} k`;
};
const times = (ratio: number): string => `${ratio.toPrecision(3)} ×`;

interface Row {
  readonly title: string;
  readonly here: string;
  readonly there: string;
}

function rowsOf(points: readonly Point[], cases: (typeof results)[number]["cases"], variant: string): Row[] {
  const found = (shape: "S0" | "S3") => cases.find((c) => c.law === variant && c.shape === shape);
  const [chunked, packed] = [found("S0"), found("S3")];
  const [mine, slow] = [largest(points, "plans", "in chunks"), largest(points, "plans", "token by token")];
  const [few, many] = [largest(points, "packing", "packed"), largest(points, "packing", "padded")];
  const skew = (series: string) =>
    points.find((point) => point.suite === "packing" && point.series === series && point.x === 1);
  return [
    chunked && {
      title: "Tokens a second in chunks",
      here: mine ? rate(mine.tokens, mine.ms) : "—",
      there: rate(8192, chunked.ms),
    },
    chunked && {
      title: "Chunks against token by token",
      here: mine && slow ? times(slow.ms / mine.ms) : "—",
      there: times(chunked.ratio),
    },
    packed && {
      title: "Tokens a second, packed",
      here: few ? rate(few.tokens, few.ms) : "—",
      there: rate(32_768, packed.ms),
    },
    packed && {
      title: "Packed against padded",
      here: few && many ? times((skew("padded") ?? many).ms / (skew("packed") ?? few).ms) : "—",
      there: times(packed.ratio),
    },
  ].filter((row) => row !== undefined);
}

/** This machine beside the committed measurements. */
export function Comparison({
  points,
  variant,
}: {
  readonly points: readonly Point[];
  readonly variant: BenchVariant;
}) {
  return results.map(({ gpu, taken, cases }) => {
    const rows = rowsOf(points, cases, variant);
    return (
      rows.length > 0 && (
        <div class="scroll" key={`${gpu} ${taken}`}>
          <table class="comparison">
            <caption>
              Beside {gpu}, measured {taken}: 8,192 tokens in one sequence of 4 heads, 32,768 in 64 ragged
              ones of 8, f16
            </caption>
            <thead>
              <tr>
                <th scope="col">Forward</th>
                <th scope="col" class="number">
                  Here
                </th>
                <th scope="col" class="number">
                  There
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ title, here, there }) => (
                <tr key={title}>
                  <th scope="row">{title}</th>
                  <td class="number">{here}</td>
                  <td class="number">{there}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
    );
  });
}
