import * as Plot from "@observablehq/plot";
import { image, svg } from "./plots";

/** A training run, as `webfla train` told it, with every tenth loss. */
export interface TrainedRun {
  readonly name: string;
  readonly steps: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Of the steps alone, without evaluations, samples and saves. */
  readonly tokensPerSecond: number;
  readonly peakBytes: number;
  /** Mean of ten steps, in bits a token. */
  readonly losses: readonly (readonly [step: number, bits: number])[];
  readonly heldOut: readonly (readonly [step: number, bitsPerByte: number])[];
}

const tokensAt = ({ tokens, steps }: TrainedRun, step: number): number => (tokens / steps) * step;

/** Loss of the batches and bits per byte of what was held out, over the tokens that were learnt from. */
export function curveFigure(runs: readonly TrainedRun[]): string {
  const points = (of: "losses" | "heldOut") =>
    runs.flatMap((run) =>
      run[of].map(([step, bits]) => ({ run: run.name, tokens: tokensAt(run, step), bits })),
    );
  const channels = { x: "tokens", y: "bits", stroke: "run" };
  const ends = runs.flatMap((run) => {
    const [step, bits] = run.heldOut.at(-1) ?? [];
    return step ? [{ run: run.name, tokens: tokensAt(run, step), bits }] : [];
  });
  const figure = svg({
    height: 320,
    marginRight: 200,
    x: { type: "log", label: "tokens", grid: true, tickFormat: "~s" },
    y: { label: "bits a byte: batches (thin), held out (dots)", domain: [1, 3], clamp: true, grid: true },
    marks: [
      Plot.line(points("losses"), { ...channels, strokeWidth: 0.8, strokeOpacity: 0.7 }),
      Plot.line(points("heldOut"), { ...channels, strokeWidth: 2 }),
      Plot.dot(points("heldOut"), channels),
      Plot.text(ends, {
        x: "tokens",
        y: "bits",
        text: "run",
        fill: "run",
        stroke: "white",
        strokeWidth: 4,
        textAnchor: "start",
        dx: 8,
      }),
    ],
  });
  return image(figure);
}
