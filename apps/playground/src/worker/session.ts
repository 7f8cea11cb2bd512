import { AbortedError, type Tensor } from "@webfla/ops";
import { byteTokenizer, generate, type LoadProgress, loadModel, type Model } from "@webfla/zoo";
import type { Opened } from "./backend";
import { download } from "./download";
import type {
  BackendInfo,
  Checkpoint,
  GenerateOptions,
  Jobs,
  LoadReport,
  ModelInfo,
  Piece,
  Timing,
} from "./jobs";

export interface Session {
  readonly info: BackendInfo;
  load(checkpoint: Checkpoint, report: (report: LoadReport) => void, signal: AbortSignal): Promise<ModelInfo>;
  generate(
    options: GenerateOptions,
    report: (pieces: Jobs["generate"]["report"]) => void,
    signal: AbortSignal,
  ): Promise<Timing>;
  dispose(): void;
}

/** Lets messages in: a backend that never waits would otherwise hold the worker until its end. */
const breathe = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** A backend with the model that was loaded onto it. */
export function session<T extends Tensor>({ ops, info }: Opened<T>): Session {
  let model: Model<T> | undefined;
  return {
    info,
    async load({ url, bytes: total }, report, signal) {
      const start = performance.now();
      const config: unknown = await (await fetch(`${url}/config.json`, { signal })).json();
      const weights = await download(
        `${url}/model.safetensors`,
        (done) => report({ stage: "download", done, total }),
        signal,
      );
      const onProgress = (progress: LoadProgress) =>
        report({ stage: "device", done: progress.loaded, total: progress.total });
      const loaded = await loadModel(ops, { config, weights, onProgress, signal });
      model?.dispose();
      model = loaded;
      const { count, bytes } = model.size;
      return { parameters: count, bytes, seconds: secondsSince(start) };
    },
    async generate(options, report, signal) {
      if (!model) throw new Error("generate: a checkpoint must be loaded, got none. Load it first.");
      return stream(model, options, report, signal);
    },
    dispose() {
      model?.dispose();
      ops.dispose();
    },
  };
}

async function stream<T extends Tensor>(
  model: Model<T>,
  { prompts: texts, ...options }: GenerateOptions,
  report: (pieces: readonly Piece[]) => void,
  signal: AbortSignal,
): Promise<Timing> {
  const prompts = texts.map((text) => byteTokenizer.encode(text));
  const writers = texts.map(() => byteTokenizer.stream());
  const start = performance.now();
  const promptTokens = prompts.reduce((sum, { length }) => sum + length, 0);
  let prefill = { tokens: promptTokens, seconds: 0 };
  let decoded = 0;
  let stopped = false;
  try {
    const tokens = generate(model, { ...options, prompts, stopTokens: [byteTokenizer.eos], signal });
    let seen = 0;
    for await (const { sequence, token, finished } of tokens) {
      if (seen === 0) prefill = { tokens: promptTokens, seconds: secondsSince(start) };
      // the pass over the prompts gives each its first token
      if (seen++ >= prompts.length) decoded++;
      const writer = writers[sequence]!;
      report([{ sequence, text: writer.push(token) + (finished ? writer.end() : "") }]);
      await breathe();
    }
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error;
    stopped = true;
    report(writers.map((writer, sequence) => ({ sequence, text: writer.end() })));
  }
  return {
    prefill,
    decode: { tokens: decoded, seconds: Math.max(0, secondsSince(start) - prefill.seconds) },
    stopped,
  };
}
