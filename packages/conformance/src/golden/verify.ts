import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Tensor } from "@webfla/ops";
import type { Finding, Line } from "./line";
import { verifyModel } from "./model-directory";
import { verifyOperator } from "./op-file";
import { openFile } from "./open-file";
import type { Target } from "./target";
import { verifyTraining } from "./train-directory";
import { type VarlenGolden, verifyVarlen } from "./varlen-file";
import { GoldenError, type Subject } from "./walk";

async function* findings<T extends Tensor>(
  target: Target<T>,
  { kind, path }: Subject,
): AsyncGenerator<Finding> {
  switch (kind) {
    case "operator": {
      const file = await openFile(path);
      if (!file.metadata.has("op"))
        throw new GoldenError(
          `golden: ${basename(path)} must name its op in its metadata, got none. Check the path.`,
        );
      yield* verifyOperator(target, file);
      return;
    }
    case "model":
      yield* verifyModel(target, path);
      return;
    case "train":
      yield* verifyTraining(target, path);
      return;
    case "varlen":
      yield* verifyVarlen(parseVarlen(path, await readFile(path, "utf8")));
      return;
    default:
      kind satisfies never;
  }
}

function parseVarlen(path: string, text: string): VarlenGolden {
  const golden = JSON.parse(text) as VarlenGolden;
  if (!Array.isArray(golden?.cases) || !Array.isArray(golden.block_csr))
    throw new GoldenError(`golden: ${path} must hold cases and block_csr, got another JSON. Check the path.`);
  return golden;
}

/**
 * Verifies one golden file or model directory, a line for each tensor. What goes wrong on the way (a corrupt file, a
 * refused shape) is a line with verdict FAIL and the message, so that the files after it are still seen.
 */
export async function* verify<T extends Tensor>(target: Target<T>, subject: Subject): AsyncGenerator<Line> {
  const name = basename(subject.path).replace(/\.safetensors$/, "");
  try {
    for await (const finding of findings(target, subject)) yield { subject: name, ...finding };
  } catch (error) {
    if (process.env["DEBUG"]) throw error;
    yield {
      subject: name,
      tensor: "*",
      verdict: "FAIL",
      note: error instanceof Error ? error.message : String(error),
    };
  }
}
