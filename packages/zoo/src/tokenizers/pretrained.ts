import { UnsupportedError } from "@webfla/ops";
import { chatOf, contentOf } from "./chat";
import type { TextStream, Tokenizer } from "./tokenizer";

export interface PretrainedTokenizerFiles {
  /** The parsed tokenizer.json. */
  readonly tokenizer: object;
  /** The parsed tokenizer_config.json. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** chat_template.jinja, where it is a file of its own. */
  readonly template?: string | undefined;
}

/** Tokens that come before the last few decide nothing of the text of the next. */
const CONTEXT = 8;

/** A tokenizer of Hugging Face's files. Throws UnsupportedError for a kind that is not known. */
export async function pretrainedTokenizer({
  tokenizer: file,
  config = {},
  template,
}: PretrainedTokenizerFiles): Promise<Tokenizer> {
  const { Tokenizer: Pretrained } = await import("@huggingface/tokenizers");
  const open = () => {
    try {
      return new Pretrained(file, config);
    } catch (cause) {
      throw new UnsupportedError(
        `tokenizer.json: it must be of a kind that is known, got ${(cause as Error).message}. Load the model without it.`,
        { cause },
      );
    }
  };
  const inner = open();
  const plain = (text: string): number[] => inner.encode(text, { add_special_tokens: false }).ids;
  const decode = (ids: number[]): string =>
    ids.length === 0
      ? ""
      : inner.decode(ids, { skip_special_tokens: true, clean_up_tokenization_spaces: false });
  const idOf = (token: unknown): number | undefined => inner.token_to_id(contentOf(token) ?? "");
  const { before, after } = around(inner.encode("a").ids, plain("a"));
  const bos = idOf(config.bos_token) ?? before[0];
  const eos = idOf(config.eos_token) ?? after.at(-1);
  const closing = after.length > 0 ? after : eos === undefined ? [] : [eos];
  return {
    vocabSize: Math.max(...inner.get_vocab(true).values()) + 1,
    bos,
    eos,
    chat: await chatOf(config, template),
    encode: (text, { bos = true, eos = false } = {}) =>
      Int32Array.from([...(bos ? before : []), ...plain(text), ...(eos ? closing : [])]),
    decode: (tokens) => decode([...tokens]),
    stream: () => stream(decode),
  };
}

/** What a tokenizer puts around a text. */
function around(whole: readonly number[], text: readonly number[]) {
  const at = whole.findIndex((_, i) => text.every((id, j) => whole[i + j] === id));
  return at < 0
    ? { before: [], after: [] }
    : { before: whole.slice(0, at), after: whole.slice(at + text.length) };
}

function stream(decode: (ids: number[]) => string): TextStream {
  let window: number[] = [];
  let given = 0; // characters of the window's text
  return {
    push(token) {
      window.push(token);
      const text = decode(window);
      // bytes of a character that is not all there decode to at most three of these
      const open = /\ufffd{0,3}$/.exec(text)!.index;
      const fresh = text.slice(given, open);
      given = Math.max(given, open);
      if (given === text.length && window.length >= 4 * CONTEXT) {
        window = window.slice(-CONTEXT);
        given = decode(window).length;
      }
      return fresh;
    },
    end() {
      const rest = decode(window).slice(given);
      [window, given] = [[], 0];
      return rest;
    },
  };
}
