import { type CheckpointFiles, type FileOptions, readJson, readText } from "../checkpoints/files";
import { CheckpointError, show } from "../errors";
import { byteTokenizer } from "./byte";
import { chatOf } from "./chat";
import { pretrainedTokenizer } from "./pretrained";
import type { Tokenizer } from "./tokenizer";

type Json = Readonly<Record<string, unknown>>;

async function readObject(
  files: CheckpointFiles,
  path: string,
  options: FileOptions,
): Promise<Json | undefined> {
  const json = await readJson(files, path, options);
  if (json === undefined || (typeof json === "object" && json !== null && !Array.isArray(json)))
    return json as Json | undefined;
  throw new CheckpointError(
    `${files.name}: ${path}: it must be an object, got ${show(json)}. Fetch it again.`,
  );
}

/** Whether bytes are the tokens: said by tokenizer_config.json, or by the ids that open and end a document in config.json. */
function isBytes(config: Json, tokenizerConfig: Json): boolean {
  if (tokenizerConfig.tokenizer_class === "ByteTokenizer") return true;
  const { bos_token_id, eos_token_id, vocab_size } = config;
  return (
    bos_token_id === byteTokenizer.bos &&
    eos_token_id === byteTokenizer.eos &&
    Number(vocab_size) >= byteTokenizer.vocabSize
  );
}

/**
 * A checkpoint's tokenizer: that of its tokenizer.json, else bytes where the checkpoint says so (`tokenizer_class`
 * "ByteTokenizer", or documents that open with 256 and end with 257), else undefined.
 */
export async function tokenizerFor(
  files: CheckpointFiles,
  { config, signal }: FileOptions & { readonly config: unknown },
): Promise<Tokenizer | undefined> {
  const [tokenizer, tokenizerConfig] = [
    await readObject(files, "tokenizer.json", { signal }),
    (await readObject(files, "tokenizer_config.json", { signal })) ?? {},
  ];
  if (!tokenizer && !isBytes((config ?? {}) as Json, tokenizerConfig)) return undefined;
  const template = await readText(files, "chat_template.jinja", { signal });
  if (!tokenizer) {
    const chat = await chatOf(tokenizerConfig, template);
    return chat ? { ...byteTokenizer, chat } : byteTokenizer;
  }
  return pretrainedTokenizer({ tokenizer, config: tokenizerConfig, template });
}

/** The files that a checkpoint's tokenizer is in, as far as it has them, to be saved beside a model that was made from it. */
export async function tokenizerFiles(
  files: CheckpointFiles,
  options: FileOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const path of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
    const text = await readText(files, path, options);
    if (text !== undefined) found.set(path, text);
  }
  return found;
}

/** What says that bytes are a model's tokens. */
export const byteTokenizerFiles: ReadonlyMap<string, string> = new Map([
  ["tokenizer_config.json", `${JSON.stringify({ tokenizer_class: "ByteTokenizer" })}\n`],
]);
