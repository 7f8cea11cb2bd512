import type { Piece, Tokenizer } from "@webfla/zoo";

/** What a client asks of the model, in tokens. */
export interface Request {
  readonly prompt: Int32Array;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed: number;
  readonly stop: readonly string[];
  readonly signal: AbortSignal;
}

export interface Load {
  readonly running: number;
  readonly queued: number;
}

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** The model behind the server. */
export interface Runner {
  /** The name that requests give. */
  readonly id: string;
  readonly tokenizer: Tokenizer;
  /** Continues a prompt. Throws BusyError at once where the queue is full. */
  complete(request: Request): AsyncIterable<Piece>;
  /** A vector a text. Throws BusyError at once where the queue is full. */
  embed(inputs: readonly Int32Array[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /** The prompt of a conversation. Throws UnsupportedError where the model has no chat template. */
  conversation(messages: readonly Message[]): Int32Array;
  load(): Load;
}
