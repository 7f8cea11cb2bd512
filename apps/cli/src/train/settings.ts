import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CheckpointError } from "@webfla/zoo";
import * as v from "valibot";

const positive = v.pipe(v.number(), v.gtValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const text = v.string();

/** A named corpus, or text files; of a folder's path, what lies in it is not read. */
const source = v.union([
  v.strictObject({ corpus: v.picklist(["moby-dick", "sotu"]) }),
  v.strictObject({
    files: v.pipe(v.array(text), v.minLength(1)),
    format: v.optional(v.picklist(["text", "jsonl", "lines"])),
    field: v.optional(text),
  }),
]);

const schema = v.strictObject({
  $schema: v.optional(text),
  /** FLA's config.json of the model, or the path of one. */
  model: v.optional(v.union([text, v.record(text, v.unknown())])),
  /** A checkpoint to start from, in place of `model`. */
  init: v.optional(text),
  dtype: v.optional(v.picklist(["f32", "f16"]), "f32"),
  /** What products may round to f16 on a device that multiplies matrices of it: what is stored so, or f32 too, as torch's autocast does. */
  operands: v.optional(v.picklist(["stored", "f16"]), "stored"),
  seed: v.optional(whole, 0),

  data: v.pipe(v.array(source), v.minLength(1)),
  /** Titles of documents that are left out of the data, and evaluated. */
  heldOut: v.optional(v.array(text), []),
  documents: v.optional(v.picklist(["cut", "whole"]), "cut"),
  /** Most tokens of a document, which is cut into pieces that are documents of their own. */
  excerpt: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(2))),
  carryState: v.optional(v.boolean(), false),
  tokenBudget: v.pipe(v.number(), v.safeInteger(), v.minValue(2)),
  batchesPerStep: v.optional(count, 1),
  totalSteps: v.optional(count),
  epochs: v.optional(count),

  optimizer: v.optional(
    v.strictObject({
      kind: v.optional(v.picklist(["adamw", "muon"])),
      beta1: v.optional(share),
      beta2: v.optional(share),
      eps: v.optional(positive),
      weightDecay: v.optional(v.pipe(v.number(), v.minValue(0))),
      momentum: v.optional(share),
      decayAll: v.optional(v.boolean()),
    }),
    {},
  ),
  schedule: v.strictObject({
    kind: v.optional(v.picklist(["constant", "linear", "cosine", "wsd"]), "cosine"),
    lr: positive,
    minLr: v.optional(v.pipe(v.number(), v.minValue(0))),
    warmupSteps: v.optional(whole),
    decaySteps: v.optional(whole),
  }),
  maxGradNorm: v.optional(positive),
  lossScale: v.optional(v.strictObject({ initial: v.optional(positive), growthInterval: v.optional(count) })),
  averageDecay: v.optional(share),
  recompute: v.optional(v.boolean(), false),
  labelSmoothing: v.optional(share),
  zLoss: v.optional(v.pipe(v.number(), v.minValue(0))),

  /** Steps between evaluations in bits per byte. */
  evaluateEvery: v.optional(count),
  sample: v.optional(
    v.strictObject({
      every: count,
      prompts: v.pipe(v.array(text), v.minLength(1)),
      maxNewTokens: v.optional(count, 120),
      temperature: v.optional(v.pipe(v.number(), v.minValue(0)), 0.8),
    }),
  ),
  save: v.optional(v.strictObject({ every: v.optional(count, 100), keep: v.optional(count, 3) }), {}),
});

/** What a run is told, with every default filled in. */
export type Settings = v.InferOutput<typeof schema>;

const fail = (path: string, must: string, got: string): never => {
  throw new CheckpointError(`${path}: ${must}, got ${got}. Correct the file.`);
};

/** Reads and checks a run's settings; paths in it are seen from its folder. Throws CheckpointError naming what is wrong. */
export async function readSettings(
  path: string,
  { init }: { readonly init?: string | undefined } = {},
): Promise<Settings> {
  const content = await readFile(path, "utf8").catch((cause: Error) =>
    fail(path, "it must be readable", cause.message),
  );
  const json: unknown = parse(path, content);
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue);
    return fail(path, `${where ?? "the settings"} must be ${issue.expected ?? "right"}`, issue.received);
  }
  const settings: Settings = init ? { ...parsed.output, model: undefined, init } : parsed.output;
  const at = (file: string) => resolve(dirname(path), file);
  if ((settings.model === undefined) === (settings.init === undefined))
    return fail(path, "one of model and init must be given", settings.model ? "both" : "none");
  if (settings.totalSteps === undefined && settings.epochs === undefined)
    return fail(path, "totalSteps or epochs must be given", "none");
  if (settings.schedule.kind !== "constant" && settings.totalSteps === undefined)
    return fail(path, `totalSteps must be given for the ${settings.schedule.kind} schedule`, "none");
  const model = settings.model;
  return {
    ...settings,
    model:
      typeof model === "string"
        ? (parse(model, await readFile(at(model), "utf8")) as Record<string, unknown>)
        : model,
    data: settings.data.map((s) => ("files" in s ? { ...s, files: s.files.map(at) } : s)),
  };
}

function parse(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    return fail(path, "it must be JSON", (cause as Error).message);
  }
}
