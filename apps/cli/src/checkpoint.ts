import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tensor } from "@webfla/ops";
import { loadModel, type Model } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import { expectStorage, type Opened } from "./backend";
import { count } from "./terminal/format";
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
  readonly ms: number;
}

export interface LoadOptions {
  readonly dtype: "f32" | "f16";
  readonly checkpoint: string;
}

/** Loads a checkpoint onto a backend, showing how far it is. */
export async function load<T extends Tensor>(
  backend: Opened<T>,
  { dtype, checkpoint }: LoadOptions,
): Promise<Loaded<T>> {
  expectStorage(backend, dtype);
  const start = performance.now();
  const files = await openDirectory(checkpoint);
  const progress = new Progress();
  try {
    const model = await loadModel(backend.ops, {
      ...files,
      dtype,
      onProgress: ({ loaded, total }) =>
        progress.show(
          `loading ${basename(checkpoint)} onto ${backend.name}: ${count(loaded)} of ${count(total)} tensors`,
        ),
    });
    return { model, ms: performance.now() - start };
  } finally {
    progress.clear();
    await files.close();
  }
}
