import type { Tensor } from "@webfla/ops";
import { score as scoreDocuments } from "@webfla/zoo";
import type { Command } from "commander";
import { withBackend } from "./backend";
import { type LoadedText, loadText } from "./checkpoint";
import { type Document, documentOf } from "./documents";
import { integer, type ModelOptions, withModel } from "./options";
import { groups, readRecords, type TextRecord } from "./records";
import { count, plural, seconds } from "./terminal/format";
import { bold, dim } from "./terminal/paint";
import { breathe, TaskProgress } from "./terminal/progress";
import { table } from "./terminal/table";

interface ScoreOptions extends ModelOptions {
  readonly tokens: number;
  readonly jsonl?: true;
}

interface Scored {
  readonly id: TextRecord["id"];
  readonly document: Document;
  readonly nats: number;
  readonly bitsPerByte: number;
  readonly bitsPerToken: number;
}

const columns = [
  { name: "document" },
  { name: "bytes", numeric: true },
  { name: "bits/byte", numeric: true },
];

async function scoreAll<T extends Tensor>(
  { model, tokenizer }: LoadedText<T>,
  records: readonly TextRecord[],
  { tokens, backend }: { readonly tokens: number; readonly backend: string },
): Promise<readonly Scored[]> {
  const documents = records.map((record) => documentOf(tokenizer, record));
  const progress = new TaskProgress(`scoring ${plural(documents.length, "document")} on ${backend}`);
  progress.show(0, "reading");
  await breathe();
  const scores = await scoreDocuments(
    model,
    documents.map((d) => d.tokens),
    {
      bytes: documents.map((d) => d.predictedBytes),
      tokenBudget: tokens,
      onProgress: ({ scored, total, tokens: done, totalTokens }) =>
        progress.show(
          done / totalTokens,
          `${count(scored)} of ${count(total)} documents, ${count(done)} of ${count(totalTokens)} tokens`,
        ),
    },
  );
  progress.clear();
  return documents.map((document, i) => {
    const { nats, bitsPerByte, bitsPerToken } = scores[i]!;
    return { id: records[i]!.id, document, nats, bitsPerByte: bitsPerByte!, bitsPerToken };
  });
}

async function score(files: readonly string[], options: ScoreOptions): Promise<void> {
  const { jsonl = false, tokens, json } = options;
  const records = readRecords("score", files, { jsonl });
  await withBackend(options.backend, async (backend) => {
    const about = { tokens, backend: backend.name };
    if (jsonl) {
      const loaded = await loadText(backend, options);
      // UTF-16 units and tokens are near enough to each other to say how much is read ahead
      const weigh = ({ text }: TextRecord) => text.length;
      for await (const group of groups(records, { most: 1024, budget: 8 * tokens, weigh }))
        for (const scored of await scoreAll(loaded, group, about)) console.log(JSON.stringify(line(scored)));
      return;
    }
    const texts: TextRecord[] = [];
    for await (const record of records) texts.push(record);
    const loaded = await loadText(backend, options);
    const start = performance.now();
    const scored = await scoreAll(loaded, texts, about);
    report(scored, { backend: backend.name, ms: performance.now() - start, json });
  });
}

const line = ({ id, document: { bytes, tokens }, bitsPerByte, bitsPerToken }: Scored): object => ({
  id,
  bytes,
  tokens: tokens.length,
  bitsPerByte,
  bitsPerToken,
});

function report(
  scored: readonly Scored[],
  { backend, ms, json }: { backend: string; ms: number; json: true | undefined },
): void {
  const sum = (of: (one: Scored) => number) => scored.reduce((total, one) => total + of(one), 0);
  const bytes = sum(({ document }) => document.bytes);
  const all = sum(({ nats }) => nats) / Math.LN2 / sum(({ document }) => document.predictedBytes);
  if (json) {
    const documents = scored.map(({ document: { name, bytes }, bitsPerByte }) => ({
      name,
      bytes,
      bitsPerByte,
    }));
    console.log(JSON.stringify({ backend, ms, bytes, bitsPerByte: all, documents }, null, 2));
    return;
  }
  const rows = scored.map(({ document: { name, bytes }, bitsPerByte }) => [
    name,
    count(bytes),
    bitsPerByte.toFixed(4),
  ]);
  const lines = table(columns, [...rows, ["all", count(bytes), all.toFixed(4)]]);
  const [head, ...body] = lines;
  console.log([dim(head!), ...body.slice(0, -1), bold(body.at(-1)!)].join("\n"));
  console.log(dim(`${plural(scored.length, "document")} on ${backend} in ${seconds(ms)}`));
}

export const addScore = (program: Command): void => {
  withModel(
    program
      .command("score")
      .description("bits per byte of each document, packed without padding, however long")
      .argument("[file...]", "text files; none or - is stdin"),
  )
    .option("--jsonl", 'each line of the files is a document, {"text": …}; a line of JSON for each comes out')
    .option(
      "--tokens <n>",
      "most tokens of a forward pass; longer documents are run in parts",
      integer(1),
      4096,
    )
    .action(score);
};
