import type { Ops, Tensor } from "@webfla/ops";
import { throwIfAborted } from "../errors";
import { type LoadOptions, loadModel } from "../models/load";
import type { Model } from "../models/model";
import { type Tokenizer, tokenizerFor } from "../tokenizers";
import type { DownloadCache } from "./cache/cache";
import { openCheckpoint } from "./open";
import { type CheckpointSource, filesOf } from "./source";

export interface PretrainedOptions<T extends Tensor> extends LoadOptions {
  readonly ops: Ops<T>;
  /** Where what an address brings is kept. Default: the browser's own file system where there is one, else "none". */
  readonly cache?: DownloadCache | "none" | undefined;
  /** False leaves the checkpoint's tokenizer where it is. Default true. */
  readonly tokenizer?: boolean | undefined;
}

export interface Pretrained<T extends Tensor> {
  /** Owns its parameters: dispose it. */
  readonly model: Model<T>;
  /** The parsed config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Undefined where the checkpoint has none that is known here. */
  readonly tokenizer: Tokenizer | undefined;
}

/**
 * Loads a checkpoint from wherever it is. Tensors go to the device as their bytes arrive, and host memory holds one of
 * them and at most 64 MB besides. Throws CheckpointError for what is missing, corrupt, hostile or not what the server
 * said it was, NetworkError, QuotaError, AbortedError; nothing stays on the device then, and a download goes on where it was.
 */
export async function fromPretrained<T extends Tensor>(
  source: CheckpointSource,
  { ops, cache, tokenizer: wanted = true, ...options }: PretrainedOptions<T>,
): Promise<Pretrained<T>> {
  const { signal } = options;
  const files = filesOf(source, { cache });
  let model: Model<T> | undefined;
  try {
    const { config, weights } = await openCheckpoint(files, { signal });
    const tokenizer = wanted ? await tokenizerFor(files, { config, signal }) : undefined;
    model = await loadModel(ops, { config, weights, ...options });
    await files.finish?.({ signal });
    throwIfAborted("fromPretrained", signal);
    return { model, config: model.config, tokenizer };
  } catch (error) {
    model?.dispose();
    throw error;
  } finally {
    await files.close();
  }
}
