import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Ops, Tensor } from "@webfla/ops";
import { type Line, type Subject, targetOf, verify } from "../golden";

/** A checkpoint of FLA, and how far its packed logits are from FLA's, by relative RMSE. */
export interface Verified {
  readonly modelType: string;
  readonly cpu: number;
  readonly webgpu: number;
}

const wholeOf = (lines: readonly Line[]): number | undefined => {
  const logits = lines.find(({ tensor }) => tensor.startsWith("logits"))?.error;
  return lines.every(({ verdict }) => verdict === "PASS") ? logits : undefined;
};

async function linesOf<T extends Tensor>(ops: Ops<T>, subject: Subject): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of verify(targetOf(ops, "f32"), subject)) lines.push(line);
  return lines;
}

/** Verifies model directories on both backends; those that pass in every line, by their names. */
export async function verifiedCheckpoints<C extends Tensor, G extends Tensor>(
  cpu: Ops<C>,
  gpu: Ops<G>,
  subjects: readonly Subject[],
): Promise<Record<string, Verified>> {
  const found: Record<string, Verified> = {};
  for (const subject of subjects) {
    if (subject.kind !== "model") continue;
    const onCpu = wholeOf(await linesOf(cpu, subject));
    const onGpu = onCpu === undefined ? undefined : wholeOf(await linesOf(gpu, subject));
    if (onCpu === undefined || onGpu === undefined) continue;
    const config = JSON.parse(await readFile(join(subject.path, "config.json"), "utf8"));
    found[basename(subject.path)] = { modelType: config.model_type, cpu: onCpu, webgpu: onGpu };
  }
  return found;
}
