import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Tensor, UnsupportedError, WebflaError } from "@webfla/ops";
import { blobFiles, type CheckpointFiles, fromPretrained, type Model, type Tokenizer } from "@webfla/zoo";
import { locate } from "@webfla/zoo/node";
import { expectStorage, type Opened } from "./backend";
import { bytes, count } from "./terminal/format";
import { TaskProgress } from "./terminal/progress";

/** This package's own folder, wherever the program was bundled to; outside of it, the program's. */
function home(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "webfla") return folder;
    if (folder === dirname(folder)) return start;
  }
}

/** gdn-byte, which the published package carries and the repository keeps among its fixtures. */
export function bundledCheckpoint(): string {
  const places = ["checkpoints", "../../packages/conformance/fixtures/checkpoints"];
  const folders = places.map((place) => join(home(), place, "gdn-byte"));
  return folders.find((f) => existsSync(f)) ?? folders[0]!;
}

export interface Loaded<T extends Tensor> {
  /** What the checkpoint is called. */
  readonly name: string;
  readonly model: Model<T>;
  readonly ms: number;
}

/** A model of texts. */
export interface LoadedText<T extends Tensor> extends Loaded<T> {
  readonly tokenizer: Tokenizer;
  /** Tokens that end a text. */
  readonly stopTokens: readonly number[];
}

export interface LoadOptions {
  readonly dtype: "f32" | "f16";
  /** A directory, an address, or a Hugging Face repository. */
  readonly checkpoint: string;
  /** A file of Jinja, in place of the checkpoint's own template. */
  readonly chatTemplate?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Loads a checkpoint onto a backend, showing how far it is; its tokenizer where it has one that is known. */
export async function load<T extends Tensor>(
  backend: Opened<T>,
  { dtype, checkpoint, chatTemplate, signal }: LoadOptions,
): Promise<
  Loaded<T> & { readonly tokenizer: Tokenizer | undefined; readonly stopTokens: readonly number[] }
> {
  expectStorage(backend, dtype);
  const start = performance.now();
  const name = existsSync(checkpoint) ? basename(checkpoint) : checkpoint;
  const progress = new TaskProgress(`loading ${name} onto ${backend.name}`);
  try {
    const files = await locate(checkpoint);
    const template = chatTemplate && (await readTemplate(chatTemplate));
    const { model, tokenizer, config } = await fromPretrained(
      template ? overlay(files, { "chat_template.jinja": template }) : files,
      {
        ops: backend.ops,
        dtype,
        signal,
        onProgress: ({ loaded, total, bytes: done, totalBytes }) =>
          progress.show(
            done / totalBytes,
            `${count(loaded)} of ${count(total)} tensors, ${bytes(done)} of ${bytes(totalBytes)}`,
          ),
      },
    );
    const ends = [tokenizer?.eos, config.eos_token_id].flat();
    const stopTokens = [...new Set(ends.filter((id): id is number => Number.isSafeInteger(id)))];
    return { name, model, tokenizer, stopTokens, ms: performance.now() - start };
  } finally {
    progress.clear();
  }
}

/** Loads a model of texts. Throws UnsupportedError where the checkpoint has no tokenizer that is known. */
export async function loadText<T extends Tensor>(
  backend: Opened<T>,
  options: LoadOptions,
): Promise<LoadedText<T>> {
  const { tokenizer, ...loaded } = await load(backend, options);
  if (!tokenizer)
    throw new UnsupportedError(
      `${loaded.name}: it must have a tokenizer, got none that is known. Put its tokenizer.json beside config.json.`,
    );
  return { ...loaded, tokenizer };
}

const readTemplate = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((cause: Error) => {
    throw new WebflaError(
      `--chat-template: it must be a readable file, got ${cause.message}. Check the path.`,
      { cause },
    );
  });

/** A checkpoint's files with some of one's own before them. */
function overlay(files: CheckpointFiles, own: Readonly<Record<string, string>>): CheckpointFiles {
  const before = blobFiles(new Map(Object.entries(own).map(([name, text]) => [name, new Blob([text])])));
  return {
    ...files,
    open: async (path, options) => (await before.open(path, options)) ?? files.open(path, options),
  };
}
