export interface EncodeOptions {
  /** Open as the tokenizer opens a document, most with one token. Default true. */
  readonly bos?: boolean | undefined;
  /** Close with the end-of-document token. Default false. */
  readonly eos?: boolean | undefined;
}

/** Turns tokens into text as they come; a character whose bytes are not all there waits. */
export interface TextStream {
  push(token: number): string;
  /** What was waiting, with U+FFFD for a character that was cut off. */
  end(): string;
}

/** A turn of a conversation; templates read what further keys they know. */
export interface ChatMessage {
  readonly role: string;
  readonly content: unknown;
  readonly [key: string]: unknown;
}

export interface ChatOptions {
  /** Open the answer. Default true. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** Descriptions of functions, for templates that tell the model of them. */
  readonly tools?: readonly unknown[] | undefined;
  /** More values by the names that the template has for them. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** The text of a conversation, special tokens written out. */
export type ChatTemplate = (messages: readonly ChatMessage[], options?: ChatOptions) => string;

export interface Tokenizer {
  readonly vocabSize: number;
  /** Undefined where the vocabulary has none. */
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  /** Turns a conversation into text; undefined where the checkpoint has no template. */
  readonly chat?: ChatTemplate | undefined;
  /** Whether conversations open as documents do, for a token that has no text. Default: the template writes it itself. */
  readonly opensChats?: boolean | undefined;
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Without the special tokens. */
  decode(tokens: Iterable<number>): string;
  stream(): TextStream;
}
