import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { TrainedRun } from "./report/curve-plot";

type Event =
  | { readonly kind: "step"; readonly step: number; readonly loss: number; readonly tokensPerSecond: number }
  | { readonly kind: "evaluation"; readonly step: number; readonly bitsPerByte: number }
  | {
      readonly kind: "end";
      readonly step: number;
      readonly tokens: number;
      readonly seconds: number;
      readonly peakBytes: number;
    };

const EVERY = 10;

/** Throws Error for a run that did not end. */
export function trainedRun(name: string, metrics: string): TrainedRun {
  const events = metrics
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  const end = events.findLast((e) => e.kind === "end");
  if (!end) throw new Error(`curve: ${name} must be the metrics of a run that ended, got none. Resume it.`);
  const steps = events.filter((e) => e.kind === "step");
  const losses = steps.flatMap(({ step }, i): (readonly [number, number])[] => {
    const last = steps.slice(i + 1 - EVERY, i + 1);
    if (last.length < EVERY || step % EVERY !== 0) return [];
    const mean = last.reduce((sum, { loss }) => sum + loss, 0) / EVERY / Math.LN2;
    return [[step, Number(mean.toFixed(4))]];
  });
  return {
    name,
    steps: end.step,
    tokens: end.tokens,
    seconds: end.seconds,
    tokensPerSecond: steps.at(-1)!.tokensPerSecond,
    peakBytes: end.peakBytes,
    losses,
    heldOut: events.flatMap((e) =>
      e.kind === "evaluation" ? [[e.step, Number(e.bitsPerByte.toFixed(4))] as const] : [],
    ),
  };
}

export const addCurve = (program: Command): void => {
  program
    .command("curve")
    .description("write what training runs came to, and a figure of it, from their metrics.jsonl")
    .argument("<name=metrics.jsonl...>")
    .requiredOption("--json <file>", "where the figures go; the plot is beside it, as .svg")
    .action(async (given: readonly string[], { json }: { readonly json: string }) => {
      const { curveFigure } = await import("./report/curve-plot");
      const runs = given.map((one) => {
        const at = one.indexOf("=");
        return trainedRun(one.slice(0, at), readFileSync(one.slice(at + 1), "utf8"));
      });
      writeFileSync(json, `${JSON.stringify({ runs })}\n`);
      writeFileSync(json.replace(/\.json$/, ".svg"), `${curveFigure(runs)}\n`);
      for (const { name, tokens, seconds, tokensPerSecond, heldOut } of runs)
        console.log(
          `${name}: ${tokens} tokens in ${seconds.toFixed(1)} s, steps ${tokensPerSecond.toFixed(0)} tokens/s, held out ${heldOut.at(-1)?.[1]} bits per byte`,
        );
    });
};
