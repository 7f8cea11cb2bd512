import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { AbortedError, WebflaError } from "@webfla/ops";
import { createApp } from "./app";
import type { LogEntry } from "./log";
import { createMetrics } from "./metrics";
import type { Runner } from "./runner";

/** Milliseconds that clients have to read how their requests were ended. */
const FAREWELL = 1000;

export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly bodyBytes: number;
  readonly apiKey?: string | undefined;
  /** Told of every request that has ended. */
  readonly log?: ((entry: LogEntry) => void) | undefined;
}

export interface Listening {
  readonly url: string;
  /** Takes no more requests, gives those under way so many milliseconds to end, and then ends them itself. */
  stop(grace: number): Promise<void>;
}

/** Serves a model over HTTP. */
export async function listen(runner: Runner, options: ListenOptions): Promise<Listening> {
  const { host, port, promptTokens, newTokens, bodyBytes, apiKey, log } = options;
  const closing = new AbortController();
  const app = createApp({
    runner,
    limits: { promptTokens, newTokens },
    metrics: createMetrics(() => runner.load()),
    closing: closing.signal,
    bodyBytes,
    apiKey,
    log,
  });
  const server = await new Promise<HttpServer>((done, fail) => {
    const started = serve({ fetch: app.fetch, hostname: host, port }, () => done(started)) as HttpServer;
    started.once("error", (cause) =>
      fail(
        new WebflaError(
          `serve: ${host}:${port} must be free to listen on, got ${cause.message}. Give another --port.`,
          { cause },
        ),
      ),
    );
  });
  const { address, port: bound } = server.address() as AddressInfo;
  const shown = address.includes(":") ? `[${address}]` : address;
  return {
    url: `http://${shown}:${bound}`,
    stop: (grace) =>
      new Promise((done) => {
        const late = setTimeout(
          () => closing.abort(new AbortedError("serve: the server is stopping.")),
          grace,
        );
        // who does not read its answer is not waited for
        const latest = setTimeout(() => server.closeAllConnections(), grace + FAREWELL);
        // connections are kept for further requests, of which there will be none
        const idle = setInterval(() => server.closeIdleConnections(), 50);
        server.close(() => {
          for (const timer of [late, latest, idle]) clearTimeout(timer);
          closing.abort(new AbortedError("serve: the server has stopped."));
          done();
        });
      }),
  };
}
