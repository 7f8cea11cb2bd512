import { score as scoreDocuments } from "@webfla/zoo";
import type { Command } from "commander";
import { withBackend } from "./backend";
import { load } from "./checkpoint";
import { type Document, readDocuments } from "./documents";
import { integer, type ModelOptions, withModel } from "./options";
import { count, plural, seconds } from "./terminal/format";
import { bold, dim } from "./terminal/paint";
import { breathe, Progress } from "./terminal/progress";
import { table } from "./terminal/table";

interface ScoreOptions extends ModelOptions {
  readonly tokens?: number;
}

const columns = [
  { name: "document" },
  { name: "bytes", numeric: true },
  { name: "bits/byte", numeric: true },
];

async function score(files: readonly string[], options: ScoreOptions): Promise<void> {
  const documents = await readDocuments(files.length > 0 ? files : ["-"]);
  const longest = Math.max(...documents.map((d) => d.tokens.length));
  await withBackend(options.backend, async (backend) => {
    const { model } = await load(backend, options);
    const progress = new Progress();
    progress.show(`scoring ${plural(documents.length, "document")} on ${backend.name}`);
    await breathe();
    const start = performance.now();
    const scores = await scoreDocuments(
      model,
      documents.map((d) => d.tokens),
      {
        bytes: documents.map((d) => d.bytes),
        tokenBudget: Math.max(longest, options.tokens ?? 4096),
        onProgress: ({ scored, total }) =>
          progress.show(`scored ${count(scored)} of ${count(total)} documents`),
      },
    );
    progress.clear();
    report(
      documents.map((document, i) => ({
        document,
        bitsPerByte: scores[i]!.bitsPerByte!,
        nats: scores[i]!.nats,
      })),
      { backend: backend.name, ms: performance.now() - start, json: options.json },
    );
  });
}

interface Scored {
  readonly document: Document;
  readonly bitsPerByte: number;
  readonly nats: number;
}

function report(
  scored: readonly Scored[],
  { backend, ms, json }: { backend: string; ms: number; json: true | undefined },
): void {
  const bytes = scored.reduce((sum, { document }) => sum + document.bytes, 0);
  const all = scored.reduce((sum, { nats }) => sum + nats, 0) / Math.LN2 / bytes;
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
      .description("bits per byte of each document, packed without padding")
      .argument("[file...]", "text files; none or - is stdin"),
  )
    .option(
      "--tokens <n>",
      "most tokens of a forward pass; a longer document is a pass of its own (default: 4096)",
      integer(1),
    )
    .action(score);
};
