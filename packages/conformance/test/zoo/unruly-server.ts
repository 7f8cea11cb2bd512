import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Manners {
  /** Answers ranges. Default true. */
  ranges?: boolean;
  /** Breaks a connection after so many bytes of a body; asked for each request. */
  breakAfter?: (request: number) => number | undefined;
  /** Answers with this status; asked for each request. */
  status?: (request: number, path: string) => number | undefined;
  /** Claims this size. */
  size?: (size: number) => number;
  /** Names a version with each answer. */
  etag?: (path: string, bytes: Uint8Array, request: number) => string | undefined;
  /** Milliseconds before each answer. */
  delay?: number;
}

export interface UnrulyServer {
  readonly url: string;
  readonly manners: Manners;
  readonly files: Map<string, Uint8Array>;
  /** Paths with ranges that were asked for. */
  readonly requests: string[];
  /** Bytes of bodies that were sent. */
  sent: number;
  close(): Promise<void>;
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
export const gitSha1 = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** Serves files from memory, as badly as it is told to. */
export async function unrulyServer(
  files: Map<string, Uint8Array>,
  manners: Manners = {},
): Promise<UnrulyServer> {
  let count = 0;
  const requests: string[] = [];
  const etag = (path: string, bytes: Uint8Array) =>
    manners.etag ? manners.etag(path, bytes, count) : `"${sha256(bytes)}"`;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    if (request.method !== "OPTIONS") {
      count++;
      requests.push(`${path} ${request.headers.range ?? "whole"}`);
    }
    if (manners.delay) await new Promise((done) => setTimeout(done, manners.delay));
    const status = manners.status?.(count, path);
    const bytes = files.get(path);
    if (request.method === "OPTIONS")
      return void response
        .writeHead(204, { "access-control-allow-origin": "*", "access-control-allow-headers": "range" })
        .end();
    if (status) return void response.writeHead(status).end();
    if (!bytes)
      return void response
        .writeHead(404, { "access-control-allow-origin": "*", "x-error-code": "EntryNotFound" })
        .end();
    const version = etag(path, bytes);
    // pages of another origin may read these
    const exposed = {
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "content-range, etag, content-length",
    };
    const headers = { ...exposed, ...(version && { etag: version }) };
    const total = manners.size?.(bytes.length) ?? bytes.length;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const partial = from !== undefined && manners.ranges !== false;
    const start = partial ? Number(from) : 0;
    if (partial && start >= total)
      return void response.writeHead(416, { ...headers, "content-range": `bytes */${total}` }).end();
    const end = partial ? Math.min(Number(to) + 1, total) : total;
    const body = bytes.subarray(start, end);
    response.writeHead(partial ? 206 : 200, {
      ...headers,
      "content-length": end - start,
      ...(partial && { "content-range": `bytes ${start}-${end - 1}/${total}` }),
    });
    const limit = manners.breakAfter?.(count);
    server.sent += Math.min(limit ?? body.length, body.length);
    if (limit === undefined && body.length === end - start) return void response.end(body);
    // what has been written must leave before the connection is torn down
    response.write(body.subarray(0, limit ?? body.length), () => setTimeout(() => response.destroy(), 5));
  };
  const http = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => http.listen(0, "127.0.0.1", done));
  const server: UnrulyServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    manners,
    files,
    requests,
    sent: 0,
    close: () =>
      new Promise((done) => {
        http.closeAllConnections();
        http.close(() => done());
      }),
  };
  return server;
}
