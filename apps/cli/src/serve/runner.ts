import type { Tokenizer } from "@webfla/zoo";

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

/** A token as it comes. */
export interface Piece {
  readonly token: number;
  readonly logProbability: number;
  /** What can be shown now; a stop string is never in it. */
  readonly text: string;
  /** Why it is the last. */
  readonly finished: "stop" | "length" | undefined;
}

export interface Load {
  readonly running: number;
  readonly queued: number;
}

/** The model behind the server. */
export interface Runner {
  /** The name that requests give. */
  readonly id: string;
  readonly tokenizer: Tokenizer;
  /** Continues a prompt. Throws BusyError at once where the queue is full. */
  complete(request: Request): AsyncIterable<Piece>;
  /** A vector a text. */
  embed(inputs: readonly Int32Array[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /** The prompt of a conversation. Throws UnsupportedError where the model has no chat template. */
  conversation(messages: readonly Message[]): Int32Array;
  load(): Load;
}

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** The queue is full: a client may come again later. */
export class BusyError extends Error {
  override readonly name = "BusyError";
}
