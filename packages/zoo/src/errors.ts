import { AbortedError, WebflaError } from "@webfla/ops";

/** A checkpoint's file or configuration is truncated, corrupt, hostile or of a kind that is not known. */
export class CheckpointError extends WebflaError {
  override name = "CheckpointError";
}

/** Throws AbortedError once the caller's signal has fired. */
export function throwIfAborted(op: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new AbortedError(
      `${op}: the signal must not have fired, got an abort (${String(signal.reason)}). Call again to start afresh.`,
    );
}

/** A foreign value for a message, shortened. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A server could not be reached, refused, or broke off again and again. */
export class NetworkError extends WebflaError {
  override name = "NetworkError";
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(
    message: string,
    { status, ...options }: ErrorOptions & { readonly status?: number | undefined } = {},
  ) {
    super(message, options);
    this.status = status;
  }
}

/** The disk, or what the browser grants the page, is full. */
export class QuotaError extends WebflaError {
  override name = "QuotaError";
}

/** Passes an error on, as QuotaError where it is one of a full disk or an exhausted grant. */
export function storageError(what: string, error: unknown): never {
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (name === "QuotaExceededError" || code === "ENOSPC" || code === "EDQUOT")
    throw new QuotaError(
      `${what}: there must be room for it, got ${(error as Error).message}. Free some, or load without a cache.`,
      { cause: error },
    );
  throw error;
}
