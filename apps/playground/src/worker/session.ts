import { AbortedError, type Ops, type Tensor } from "@webfla/ops";
import type { Model } from "@webfla/zoo";
import { type CheckpointSource, fromPretrained, opfsCache } from "@webfla/zoo/checkpoints";
import { Engine, type Generation, type Snapshot } from "@webfla/zoo/engine";
import { byteTokenizer, type Tokenizer } from "@webfla/zoo/tokenizers";
import type { Opened } from "./backend";
import type { BackendInfo } from "./choices";
import { download } from "./download";
import type { CheckpointPlace, GenerateOptions, LoadReport, ModelInfo, Piece, Timing } from "./jobs";

export interface Session {
  readonly info: BackendInfo;
  load(place: CheckpointPlace, report: (report: LoadReport) => void, signal: AbortSignal): Promise<ModelInfo>;
  generate(
    options: GenerateOptions,
    report: (pieces: readonly Piece[]) => void,
    signal: AbortSignal,
  ): Promise<Timing>;
  dispose(): void;
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

async function sourceOf(
  place: CheckpointPlace,
  report: (report: LoadReport) => void,
  signal: AbortSignal,
): Promise<CheckpointSource> {
  switch (place.kind) {
    case "address": {
      // whole files, for a static server need not tell their size
      const { url, bytes: total } = place;
      const files = ["config.json", "model.safetensors"].map(async (name) => {
        const told = (done: number) => name === "model.safetensors" && report({ done, total });
        return [name, await download(`${url}/${name}`, told, signal)] as const;
      });
      return new Map(await Promise.all(files));
    }
    case "files":
      return place.files;
    case "hub": {
      const { hubFiles } = await import("@webfla/zoo/hub");
      return hubFiles(place.id, { cache: opfsCache() });
    }
    default:
      return place satisfies never;
  }
}

/** A backend with the model that was loaded onto it. */
export function session<T extends Tensor>({ ops, info }: Opened<T>): Session {
  let loaded: Loaded<T> | undefined;
  return {
    info,
    async load(place, report, signal) {
      const start = performance.now();
      const onProgress = (progress: { readonly bytes: number; readonly totalBytes: number }) =>
        report({ done: progress.bytes, total: progress.totalBytes });
      const { model, tokenizer } = await fromPretrained(await sourceOf(place, report, signal), {
        ops,
        onProgress,
        signal,
      });
      if (!tokenizer && model.architecture.vocabSize < byteTokenizer.vocabSize) {
        model.dispose();
        throw new Error(
          `load: a checkpoint must have a tokenizer.json or a vocabulary of at least ${byteTokenizer.vocabSize}, got neither. Add the file.`,
        );
      }
      loaded?.dispose();
      loaded = new Loaded(ops, model, tokenizer ?? byteTokenizer);
      const { count, bytes } = model.size;
      const { modelType } = model.architecture;
      return { modelType, parameters: count, bytes, seconds: secondsSince(start) };
    },
    async generate(options, report, signal) {
      if (!loaded) throw new Error("generate: a checkpoint must be loaded, got none. Load it first.");
      return loaded.generate(options, report, signal);
    },
    dispose() {
      loaded?.dispose();
      ops.dispose();
    },
  };
}

/** A model with the engine that serves it and the states that were kept of it. */
class Loaded<T extends Tensor> {
  readonly #engine: Engine<T>;
  readonly #kept = new Map<number, Snapshot<T>>();
  #last = 0;

  constructor(
    readonly ops: Ops<T>,
    readonly model: Model<T>,
    readonly tokenizer: Tokenizer,
  ) {
    this.#engine = new Engine(model, { tokenizer });
  }

  async generate(
    { prompts, seed, ...sampling }: GenerateOptions,
    report: (pieces: readonly Piece[]) => void,
    signal: AbortSignal,
  ): Promise<Timing> {
    const { eos } = this.tokenizer;
    const start = performance.now();
    const before = this.#engine.stats;
    const running: Generation<T>[] = [];
    const stop = () => {
      for (const generation of running) if (!generation.ended) generation.cancel();
    };
    signal.addEventListener("abort", stop);
    let [first, prefill] = [0, 0];
    try {
      for (const [i, { text, from }] of prompts.entries())
        running.push(
          this.#engine.submit({
            ...sampling,
            from: from === undefined ? undefined : this.#snapshot(from),
            prompt: this.tokenizer.encode(text, { bos: from === undefined }),
            seed: seed + i,
            stopTokens: eos === undefined ? [] : [eos],
            keep: true,
          }),
        );
      // what the runs before kept is no one's now, but for what goes on here
      const forked = new Set(prompts.map(({ from }) => from));
      for (const [number, snapshot] of this.#kept) if (!forked.has(number)) this.#drop(number, snapshot);
      const kept = await Promise.all(
        running.map(async (generation, sequence) => {
          const text = async () => {
            let seen = 0;
            for await (const piece of generation) {
              if (seen++ === 0 && ++first === prompts.length) prefill = secondsSince(start);
              report([{ sequence, text: piece.text }]);
            }
          };
          await text().catch((error) => {
            if (!(error instanceof AbortedError)) throw error;
          });
          return this.#keep(generation);
        }),
      );
      const { promptTokens, newTokens } = this.#engine.stats;
      return {
        prefill: { tokens: promptTokens - before.promptTokens, seconds: prefill || secondsSince(start) },
        decode: {
          // the pass over the prompts gives each its first token
          tokens: Math.max(0, newTokens - before.newTokens - prompts.length),
          seconds: prefill ? Math.max(0, secondsSince(start) - prefill) : 0,
        },
        stopped: signal.aborted,
        kept,
      };
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }

  async #keep(generation: Generation<T>): Promise<number | undefined> {
    const result = await generation.result.catch(() => undefined);
    if (!result?.snapshot) return undefined;
    this.#kept.set(++this.#last, result.snapshot);
    return this.#last;
  }

  #snapshot(number: number): Snapshot<T> {
    const found = this.#kept.get(number);
    if (!found)
      throw new Error(`generate: state ${number} must be kept, got none. Generate again, and fork that.`);
    return found;
  }

  #drop(number: number, snapshot: Snapshot<T>): void {
    this.#kept.delete(number);
    snapshot.dispose();
  }

  dispose(): void {
    this.#engine.dispose();
    for (const [number, snapshot] of this.#kept) this.#drop(number, snapshot);
    this.model.dispose();
  }
}
