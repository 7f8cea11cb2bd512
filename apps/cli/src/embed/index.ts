import { type Tensor, WebflaError } from "@webfla/ops";
import { embed as embedTokens, type Pooling } from "@webfla/zoo";
import { type Command, Option } from "commander";
import { withBackend } from "../backend";
import { type LoadedText, loadText } from "../checkpoint";
import { interruptSignal } from "../interrupt";
import { type CheckpointOptions, integer, withCheckpoint } from "../options";
import { groups, readRecords, type TextRecord } from "../records";
import { plural } from "../terminal/format";
import { breathe, TaskProgress } from "../terminal/progress";
import { type EmbeddedLine, OutputFile } from "./output";

interface EmbedOptions extends CheckpointOptions {
  readonly jsonl?: true;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly out?: string;
  readonly tokens: number;
}

interface Encoded {
  readonly id: TextRecord["id"];
  readonly tokens: Int32Array;
}

type Embed = (records: readonly Encoded[], done: number) => Promise<readonly EmbeddedLine[]>;

/** Vectors of other options or another model are further apart than this; those of other devices are not. */
const SAME = 1e-2;

function embedder<T extends Tensor>(
  { model }: LoadedText<T>,
  { pooling, normalize, tokens, signal }: EmbedOptions & { readonly signal: AbortSignal },
): Embed {
  const progress = new TaskProgress("embedding");
  return async (records, done) => {
    progress.show(0, `${plural(done, "document")} before`);
    await breathe();
    const vectors = await embedTokens(
      model,
      records.map((r) => r.tokens),
      {
        pooling,
        normalize,
        tokenBudget: tokens,
        signal,
        onProgress: (at) => progress.show(at.tokens / at.totalTokens, plural(done + at.done, "document")),
      },
    );
    progress.clear();
    return records.map(({ id, tokens }, i) => ({ id, tokens: tokens.length, embedding: [...vectors[i]!] }));
  };
}

/** The records that are not in the file yet. Those that are must be there in their order, and as this model has them. */
async function* missing(
  records: AsyncIterable<Encoded>,
  { output, size, embed }: { readonly output: OutputFile; readonly size: number; readonly embed: Embed },
): AsyncGenerator<Encoded, void, undefined> {
  const { lines, path } = output;
  let i = 0;
  for await (const record of records) {
    if (i >= lines.length) {
      yield record;
      continue;
    }
    const there = output.expect(i++, { id: record.id, tokens: record.tokens.length, size });
    if (i < lines.length) continue;
    const [again] = await embed([record], 0);
    const distance = Math.hypot(...there.embedding.map((x, d) => x - again!.embedding[d]!));
    if (distance > SAME * Math.hypot(...again!.embedding))
      throw new WebflaError(
        `embed: ${path} must hold what this model gives with these options, got another vector of ${JSON.stringify(there.id)}. Give another --out.`,
      );
  }
  if (i < lines.length)
    throw new WebflaError(
      `embed: ${path} must not have more lines than there are documents (${i}), got ${lines.length}. Give another --out.`,
    );
}

/** Embeds files, and gives each line to `write` in their order. */
export async function embedFiles<T extends Tensor>(
  loaded: LoadedText<T>,
  files: readonly string[],
  options: EmbedOptions & { readonly signal: AbortSignal },
  print: (line: EmbeddedLine) => void,
): Promise<void> {
  const { jsonl = false, out, tokens: budget } = options;
  const { tokenizer, model } = loaded;
  const embed = embedder(loaded, options);
  async function* encoded(): AsyncGenerator<Encoded, void, undefined> {
    for await (const { id, text } of readRecords("embed", files, { jsonl }))
      yield { id, tokens: tokenizer.encode(text) };
  }
  const output = out === undefined ? undefined : await OutputFile.open(out);
  try {
    const size = model.architecture.hiddenSize;
    const records = output ? missing(encoded(), { output, size, embed }) : encoded();
    let done = output?.lines.length ?? 0;
    const weigh = ({ tokens }: Encoded) => tokens.length;
    for await (const group of groups(records, { most: 256, budget, weigh })) {
      for (const line of await embed(group, done)) await (output ? output.append(line) : print(line));
      done += group.length;
    }
  } finally {
    await output?.close();
  }
}

const action = (files: readonly string[], options: EmbedOptions): Promise<void> =>
  withBackend(options.backend, async (backend) => {
    const signal = interruptSignal();
    const loaded = await loadText(backend, { ...options, signal });
    await embedFiles(loaded, files, { ...options, signal }, (line) => console.log(JSON.stringify(line)));
  });

export const addEmbed = (program: Command): void => {
  withCheckpoint(
    program
      .command("embed")
      .description("a vector for each document, as lines of JSON: id, tokens, embedding")
      .argument("[file...]", "text files; none or - is stdin"),
  )
    .option("--jsonl", 'each line of the files is a document, {"text": …, "id": …}')
    .addOption(
      new Option("--pooling <kind>", "of the last layer's vectors: their mean, or the last one")
        .choices(["mean", "last"])
        .default("mean"),
    )
    .option("--no-normalize", "leave vectors as long as they are")
    .option("--out <file>", "append there; what is there already is checked and not made again")
    .option(
      "--tokens <n>",
      "most tokens of a forward pass; longer documents are run in parts",
      integer(1),
      4096,
    )
    .action(action);
};
