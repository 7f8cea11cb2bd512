import { CheckpointError, NetworkError, show } from "../../errors";
import { connectionError, type HttpOptions, Patience, request, statusError } from "./request";

/** A file on a server: what is known of it before its bytes. */
export interface Remote {
  readonly name: string;
  readonly url: string;
  readonly size: number;
  /** Its ETag or date; undefined where the server says neither. */
  readonly version: string | undefined;
  /** Whether the server sends a part when asked for one; else it always sends all. */
  readonly ranges: boolean;
}

/** Asks for one byte, which tells size and version. Undefined where there is no such file. */
export async function probe(url: string, name: string, http: HttpOptions): Promise<Remote | undefined> {
  const patience = new Patience(name, http);
  for (;;) {
    try {
      const { response, done } = await request(url, name, [0, 1], http);
      try {
        return response.status === 404 ? undefined : describe(url, name, response);
      } finally {
        done();
      }
    } catch (error) {
      await patience.failed(error);
    }
  }
}

function describe(url: string, name: string, { status, headers }: Response): Remote {
  const ranges = status !== 200;
  const size = ranges
    ? /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1]
    : !headers.has("content-encoding") && headers.get("content-length");
  if (!size)
    throw new NetworkError(
      `${name}: the server must tell the size, got ${ranges ? "no Content-Range" : "no Content-Length"}. Let it answer Range requests, and expose that header to other origins.`,
      { status },
    );
  return { name, url, size: Number(size), version: versionOf(headers), ranges };
}

const versionOf = (headers: Headers): string | undefined =>
  headers.get("etag") ?? headers.get("last-modified") ?? undefined;

/**
 * Bytes start..end as they come. A connection that breaks is taken up where it was. Throws NetworkError once too many
 * in a row brought nothing, CheckpointError where the file is another one meanwhile.
 */
export async function* stream(
  remote: Remote,
  [start, end]: readonly [number, number],
  http: HttpOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const patience = new Patience(remote.name, http);
  let at = start;
  while (at < end) {
    try {
      for await (const bytes of receive(remote, [at, end], http)) {
        at += bytes.byteLength;
        patience.progress();
        yield bytes;
      }
      if (at < end) throw connectionError(remote.name, new Error(`an end ${end - at} bytes early`));
    } catch (error) {
      await patience.failed(error);
    }
  }
}

/** The bytes that one request brings; no more than were asked for. */
async function* receive(
  remote: Remote,
  [start, end]: readonly [number, number],
  http: HttpOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { name, url } = remote;
  const { response, done } = await request(url, name, [start, end], http);
  try {
    expectSame(remote, response, start);
    // a server without ranges begins at the first byte
    let skip = response.status === 206 ? 0 : start;
    let left = end - start;
    const reader = response.body?.getReader();
    while (reader && left > 0) {
      const { value } = await reader.read().catch((cause: unknown) => {
        throw connectionError(name, cause);
      });
      if (!value) return;
      const bytes = value.subarray(skip).subarray(0, left);
      skip = Math.max(0, skip - value.byteLength);
      left -= bytes.byteLength;
      if (bytes.byteLength > 0) yield bytes;
    }
  } finally {
    done();
  }
}

function expectSame(remote: Remote, { status, headers }: Response, start: number): void {
  const { name, url, size, version } = remote;
  if (status !== 200 && status !== 206) throw statusError(name, url, status);
  const range = headers.get("content-range");
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(range ?? "") ?? [];
  if (status === 206 && (Number(from) !== start || Number(total) !== size))
    throw new CheckpointError(
      `${name}: the server must send bytes from ${start} of ${size}, got ${show(range)}. The file changed: start again.`,
    );
  const now = versionOf(headers);
  if (version !== undefined && now !== undefined && now !== version)
    throw new CheckpointError(
      `${name}: the file must stay as it was, ${show(version)}, got ${show(now)}. It changed on the server: start again.`,
    );
}
