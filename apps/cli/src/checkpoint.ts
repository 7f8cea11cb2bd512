import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tensor } from "@webfla/ops";
import { fromPretrained, type Model, type Tokenizer } from "@webfla/zoo";
import { locate } from "@webfla/zoo/node";
import { expectStorage, type Opened } from "./backend";
import { bytes, count } from "./terminal/format";
import { Progress } from "./terminal/progress";

/** This package's own folder, wherever the program was bundled to. */
function home(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "webfla") return folder;
    folder = dirname(folder);
  }
}

/** gdn-byte, which the published package carries and the repository keeps among its fixtures. */
export function bundledCheckpoint(): string {
  const places = ["checkpoints", "../../packages/conformance/fixtures/checkpoints"];
  const folders = places.map((place) => join(home(), place, "gdn-byte"));
  return folders.find((f) => existsSync(f)) ?? folders[0]!;
}

export interface Loaded<T extends Tensor> {
  readonly model: Model<T>;
  readonly tokenizer: Tokenizer | undefined;
  readonly ms: number;
}

export interface LoadOptions {
  readonly dtype: "f32" | "f16";
  /** A directory, an address, or a Hugging Face repository. */
  readonly checkpoint: string;
  readonly signal?: AbortSignal | undefined;
}

/** Loads a checkpoint onto a backend, showing how far it is. */
export async function load<T extends Tensor>(
  backend: Opened<T>,
  { dtype, checkpoint, signal }: LoadOptions,
): Promise<Loaded<T>> {
  expectStorage(backend, dtype);
  const start = performance.now();
  const progress = new Progress();
  try {
    const { model, tokenizer } = await fromPretrained(await locate(checkpoint), {
      ops: backend.ops,
      dtype,
      signal,
      onProgress: ({ loaded, total, bytes: done, totalBytes }) =>
        progress.show(
          `loading ${basename(checkpoint)} onto ${backend.name}: ${count(loaded)} of ${count(total)} tensors, ${bytes(done)} of ${bytes(totalBytes)}`,
        ),
    });
    return { model, tokenizer, ms: performance.now() - start };
  } finally {
    progress.clear();
  }
}
