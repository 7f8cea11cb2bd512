import { seconds } from "../terminal/format";
import { dim } from "../terminal/paint";

/** A request that has ended. */
export interface LogEntry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Whether the client went away before the end. */
  readonly left: boolean;
  readonly ms: number;
  readonly promptTokens: number;
  readonly newTokens: number;
}

export function logLine({ method, path, status, left, ms, promptTokens, newTokens }: LogEntry): string {
  const time = new Date().toISOString().slice(11, 19);
  const tokens = promptTokens ? `, ${promptTokens} + ${newTokens} tokens` : "";
  return `${dim(time)} ${method} ${path} ${status} ${seconds(ms)}${tokens}${left ? ", the client left" : ""}`;
}
