import { UnsupportedError } from "@webfla/ops";
import { throwIfAborted } from "../../errors";
import type { ByteSource } from "../../safetensors/source";
import type { CacheEntry } from "../cache/cache";
import { type Remote, stream } from "./remote";
import type { HttpOptions } from "./request";

const MiB = 2 ** 20;

/** What is asked for beyond what is needed: little of a file of which little is known to be wanted, then more. */
const ahead = (from: number, most: number): number => Math.min(most, Math.max(MiB, from));

/** Reads of one file, one after the other. */
function inTurn(): <R>(job: () => Promise<R>) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const result = last.then(job, job);
    last = result.catch(() => undefined);
    return result;
  };
}

/** Bytes straight from the server; those read in order are fetched once, and a few MiB are held. */
export function windowedSource(remote: Remote, http: HttpOptions): ByteSource {
  const { name, size, ranges } = remote;
  const turn = inTurn();
  let buffer = new Uint8Array(0);
  let [first, length] = [0, 0]; // of the file's bytes, which lie at the buffer's start
  if (!ranges && size > 16 * MiB)
    throw new UnsupportedError(
      `${name}: the server must answer Range requests for a file of ${size} bytes, got the whole of it. Give a cache, which fetches it once.`,
    );
  return {
    name,
    size,
    read: (start, end, { signal = http.signal } = {}) =>
      turn(async () => {
        if (start < first || end > first + length) {
          const skipped = start >= first && start < first + length ? start - first : length;
          [first, length] = [start, length - skipped];
          const from = start + length;
          const to = ranges ? Math.min(size, Math.max(end, from + ahead(from, 4 * MiB))) : size;
          const before = buffer.subarray(skipped, skipped + length);
          if (buffer.length < to - start) buffer = new Uint8Array(to - start);
          buffer.set(before);
          for await (const bytes of stream(remote, [from, to], { ...http, signal })) {
            buffer.set(bytes, length);
            length += bytes.length;
          }
        }
        throwIfAborted(name, signal);
        return buffer.slice(start - first, end - first);
      }),
  };
}

export interface CachedSource extends ByteSource {
  /** Fetches the rest, verifies and keeps the file. */
  finish(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  close(): Promise<void>;
}

/** Bytes by way of a cache: fetched in order and once, readable as soon as they are there, verified with the last. */
export function cachedSource(remote: Remote, entry: CacheEntry, http: HttpOptions): CachedSource {
  const { name, size, ranges } = remote;
  const turn = inTurn();
  const reach = async (end: number, signal: AbortSignal | undefined): Promise<void> => {
    while (entry.length < end) {
      throwIfAborted(name, signal);
      const from = entry.length;
      const to = ranges ? Math.min(size, Math.max(end, from + ahead(from, 32 * MiB))) : size;
      await entry.extend(stream(remote, [from, to], { ...http, signal }));
    }
    if (entry.length === size) await entry.commit();
  };
  return {
    name,
    size,
    read: (start, end, { signal = http.signal } = {}) =>
      turn(async () => {
        await reach(end, signal);
        throwIfAborted(name, signal);
        return entry.read(start, end);
      }),
    finish: ({ signal = http.signal } = {}) => turn(() => reach(size, signal)),
    close: () => turn(() => entry.close()),
  };
}
