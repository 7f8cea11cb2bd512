import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunStep } from "@webfla/zoo/train";
import { bytes, count } from "../terminal/format";
import { bold, dim } from "../terminal/paint";
import { Progress } from "../terminal/progress";

/** What happens in a run, as a line of metrics.jsonl has it. */
export type RunEvent =
  | ({ readonly kind: "step" } & RunStep)
  | {
      readonly kind: "start";
      readonly parameters: number;
      readonly documents: number;
      readonly tokens: number;
      readonly peakBytes: number;
    }
  | {
      readonly kind: "evaluation";
      readonly step: number;
      readonly bitsPerByte: number;
      readonly documents: readonly { readonly title: string; readonly bitsPerByte: number }[];
    }
  | { readonly kind: "sample"; readonly step: number; readonly prompt: string; readonly text: string }
  | { readonly kind: "saved"; readonly step: number; readonly folder: string }
  | {
      readonly kind: "end";
      readonly step: number;
      readonly tokens: number;
      readonly seconds: number;
      readonly peakBytes: number;
    };

export interface LogOptions {
  readonly folder: string;
  readonly totalSteps: number | undefined;
  /** Lines of JSON on stdout instead of words. */
  readonly json: boolean;
}

/** Tells a run's events: all of them in metrics.jsonl, and on the terminal what a person wants to see. */
export class Log {
  readonly #options: LogOptions;
  readonly #progress = new Progress();
  #shown = 0;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  async tell(event: RunEvent): Promise<void> {
    const line = JSON.stringify(event);
    await mkdir(this.#options.folder, { recursive: true });
    await appendFile(join(this.#options.folder, "metrics.jsonl"), `${line}\n`);
    if (this.#options.json) console.log(line);
    else this.#show(event);
  }

  clear(): void {
    this.#progress.clear();
  }

  #show(event: RunEvent): void {
    if (event.kind === "step") {
      this.#progress.show(this.#step(event));
      // a line that stays, now and then
      if (performance.now() - this.#shown < 10_000 && event.step > 1) return;
      this.#shown = performance.now();
    }
    this.#progress.clear();
    console.log(this.#words(event));
  }

  #words(event: RunEvent): string {
    switch (event.kind) {
      case "start":
        return `${bold(count(event.parameters))} parameters, ${count(event.documents)} documents of ${count(event.tokens)} tokens; a step will take ${bytes(event.peakBytes)}`;
      case "step":
        return this.#step(event);
      case "evaluation":
        return bold(`step ${event.step}: ${event.bitsPerByte.toFixed(4)} bits per byte held out`);
      case "sample":
        return `${dim("—")} ${bold(event.prompt)}${event.text}`;
      case "saved":
        return dim(`saved ${event.folder}`);
      case "end":
        return `${count(event.tokens)} tokens in ${event.seconds.toFixed(1)} s, ${bytes(event.peakBytes)} at most`;
      default:
        return event satisfies never;
    }
  }

  #step({ step, loss, gradNorm, lr, tokensPerSecond, fillRatio, waiting, skipped }: RunStep): string {
    const { totalSteps } = this.#options;
    const parts = [
      `step ${step}${totalSteps ? ` of ${totalSteps}` : ""}`,
      `loss ${loss.toFixed(4)}`,
      `norm ${gradNorm.toFixed(3)}${skipped ? ", skipped" : ""}`,
      `lr ${lr.toExponential(2)}`,
      `${count(Math.round(tokensPerSecond))} tokens/s`,
      `${(100 * fillRatio).toFixed(0)} % full`,
      `${(100 * waiting).toFixed(1)} % waiting`,
    ];
    return parts.join("  ");
  }
}
