import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { WebflaError } from "@webfla/ops";
import { readSafetensors } from "@webfla/zoo/safetensors";

/** Something that can be verified. */
export interface Subject {
  readonly kind: "operator" | "model" | "train" | "varlen";
  readonly path: string;
}

/** A path is not there, or holds no golden data. */
export class GoldenError extends WebflaError {
  override name = "GoldenError";
}

/** Files whose presence makes a directory one subject. */
const directories = {
  model: ["config.json", "model.safetensors", "expected.safetensors"],
  train: ["train.json"],
} as const;

async function walk(path: string): Promise<readonly Subject[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const names = new Set(entries.map((e) => e.name));
  for (const kind of ["model", "train"] as const)
    if (directories[kind].every((n) => names.has(n))) return [{ kind, path }];
  const found = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((e) => inside(path, e));
  return (await Promise.all(found)).flat();
}

async function inside(directory: string, entry: Dirent): Promise<readonly Subject[]> {
  const path = join(directory, entry.name);
  if (entry.isDirectory()) return walk(path);
  if (entry.name === "varlen.json") return [{ kind: "varlen", path }];
  if (entry.name.endsWith(".safetensors") && (await mayBeOperator(path))) return [{ kind: "operator", path }];
  return [];
}

/** Whether a file names an operator, unlike weights, batches and gradients; one that cannot be read is kept to be reported. */
const mayBeOperator = async (path: string): Promise<boolean> =>
  readFile(path)
    .then(readSafetensors)
    .then(({ metadata }) => metadata.has("op"))
    .catch(() => true);

/** Everything that a path leads to, in the order of names. Throws GoldenError where there is nothing. */
export async function subjects(path: string): Promise<readonly Subject[]> {
  const found = await stat(path).catch(() => {
    throw new GoldenError(`golden: ${path} must be a file or directory, got nothing. Check the path.`);
  });
  if (!found.isDirectory()) {
    if (path.endsWith(".safetensors")) return [{ kind: "operator", path }];
    if (path.endsWith(".json")) return [{ kind: basename(path) === "train.json" ? "train" : "varlen", path }];
    throw new GoldenError(
      `golden: ${path} must be a .safetensors file, varlen.json or a directory, got another file. See --help.`,
    );
  }
  const all = await walk(path);
  if (all.length > 0) return all;
  throw new GoldenError(
    `golden: ${path} must hold golden files, got none: neither operators (.safetensors with an op), models (${directories.model.join(", ")}) nor varlen.json. Check the path.`,
  );
}
