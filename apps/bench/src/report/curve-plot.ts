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
  const figure = svg({
    height: 320,
    x: { type: "log", label: "tokens", grid: true, tickFormat: "~s" },
    y: { label: "bits a byte: batches (thin), held out (dots)", domain: [0.8, 2.8], clamp: true, grid: true },
    marks: [
      Plot.line(points("losses"), { ...channels, strokeWidth: 0.8, strokeOpacity: 0.7 }),
      Plot.line(points("heldOut"), { ...channels, strokeWidth: 2 }),
      Plot.dot(points("heldOut"), channels),
      ...runs.map(({ name }, i) =>
        Plot.text([name], {
          text: (d) => d,
          fill: (d) => d,
          frameAnchor: "top-right",
          dx: -8,
          dy: 14 * i + 8,
        }),
      ),
    ],
  });
  return image(figure);
}
