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
