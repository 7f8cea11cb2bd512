import { UnsupportedError } from "@webfla/ops";
import type { ChatMessage, ChatOptions, ChatTemplate, Tokenizer } from "./tokenizer";

/** Compiles a Jinja template; `tokens` are the special tokens' texts by their names, such as `bos_token`. */
export async function chatTemplate(
  source: string,
  tokens: Readonly<Record<string, unknown>>,
): Promise<ChatTemplate> {
  const { Template } = await import("@huggingface/jinja");
  const refuse = (cause: unknown): never => {
    throw new UnsupportedError(
      `applyChatTemplate: the template must take the conversation, got ${(cause as Error).message}. Look at chat_template.`,
      { cause },
    );
  };
  const compile = () => {
    try {
      return new Template(source);
    } catch (cause) {
      return refuse(cause);
    }
  };
  let template: ReturnType<typeof compile> | undefined;
  return (messages, { addGenerationPrompt = true, tools, variables } = {}) => {
    // a broken template is an error to who chats, and to nobody else
    template ??= compile();
    try {
      return template.render({
        ...tokens,
        ...variables,
        ...(tools && { tools }),
        messages,
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (cause) {
      return refuse(cause);
    }
  };
}

/** The text of a special token, which files give as it is or in an object. */
export const contentOf = (token: unknown): string | undefined => {
  const content =
    typeof token === "object" && token !== null ? (token as { content?: unknown }).content : token;
  return typeof content === "string" ? content : undefined;
};

/** The template of a checkpoint: a file of its own, or one of tokenizer_config.json. */
export async function chatOf(
  config: Readonly<Record<string, unknown>>,
  file: string | undefined,
): Promise<ChatTemplate | undefined> {
  const named = [config.chat_template].flat();
  const standard = named.find((t) => (t as { name?: unknown } | undefined)?.name === "default") ?? named[0];
  const source =
    file ?? (typeof standard === "string" ? standard : (standard as { template?: unknown })?.template);
  if (typeof source !== "string") return undefined;
  const tokens = Object.entries(config).filter(([name]) => name.endsWith("_token"));
  return chatTemplate(
    source,
    Object.fromEntries(tokens.map(([name, token]) => [name, contentOf(token) ?? ""])),
  );
}

/** The tokens of a conversation, by the checkpoint's own template. Throws UnsupportedError where it has none or refuses. */
export function applyChatTemplate(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): Int32Array {
  if (!tokenizer.chat)
    throw new UnsupportedError(
      "applyChatTemplate: the checkpoint must have a chat_template, got none. Encode a text of your own making.",
    );
  return tokenizer.encode(tokenizer.chat(messages, options), { bos: tokenizer.opensChats ?? false });
}
