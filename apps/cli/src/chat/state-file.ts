import { readFile, writeFile } from "node:fs/promises";
import { type Tensor, WebflaError } from "@webfla/ops";
import { loadSnapshot, type Model, readSafetensors } from "@webfla/zoo";
import * as v from "valibot";
import type { Conversation } from "./conversation";

const conversation = v.object({
  text: v.string(),
  messages: v.array(v.object({ role: v.picklist(["system", "user", "assistant"]), content: v.string() })),
});

const schema = v.pipe(v.string(), v.parseJson(), conversation);

const failed =
  (verb: string, path: string) =>
  (cause: Error): never => {
    throw new WebflaError(
      `${verb}: ${path} must be a file of its own, got ${cause.message}. Check the path.`,
      {
        cause,
      },
    );
  };

/** Writes a conversation with the model's state behind it, as safetensors. */
export async function saveConversation<T extends Tensor>(
  { held, messages }: Conversation<T>,
  path: string,
): Promise<void> {
  if (!held) throw new WebflaError("/save: something must have been said, got nothing. Say it first.");
  const conversation = JSON.stringify({ text: held.text, messages });
  await writeFile(path, await held.snapshot.save({ conversation })).catch(failed("/save", path));
}

/** Goes on with a conversation that was written before, by the same model. */
export async function loadConversation<T extends Tensor>(
  conversation: Conversation<T>,
  model: Model<T>,
  path: string,
): Promise<void> {
  const bytes = await readFile(path).catch(failed("/load", path));
  const { metadata } = await readSafetensors(bytes, { name: path });
  const parsed = v.safeParse(schema, metadata.get("conversation"));
  if (!parsed.success)
    throw new WebflaError(`/load: ${path} must hold a conversation, got none. Give a file that /save wrote.`);
  const snapshot = await loadSnapshot(model, bytes);
  conversation.restore(parsed.output.messages, { text: parsed.output.text, snapshot });
}
