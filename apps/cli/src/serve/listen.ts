import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { AbortedError } from "@webfla/ops";
import { createApp } from "./app";
import { createMetrics } from "./metrics";
import type { Runner } from "./runner";

export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly bodyBytes: number;
  /** Milliseconds that answers under way are given when the server stops. */
  readonly grace: number;
  readonly apiKey?: string | undefined;
}

export interface Listening {
  readonly url: string;
  /** Takes no more requests, lets those under way end, and ends them itself once the grace is over. */
  stop(): Promise<void>;
}

/** Serves a model over HTTP. */
export async function listen(runner: Runner, options: ListenOptions): Promise<Listening> {
  const { host, port, promptTokens, newTokens, bodyBytes, grace, apiKey } = options;
  const closing = new AbortController();
  const app = createApp({
    runner,
    limits: { promptTokens, newTokens },
    metrics: createMetrics(() => runner.load()),
    closing: closing.signal,
    bodyBytes,
    apiKey,
  });
  const server = await new Promise<HttpServer>((done, fail) => {
    const started = serve({ fetch: app.fetch, hostname: host, port }, () => done(started)) as HttpServer;
    started.once("error", fail);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  const shown = address.includes(":") ? `[${address}]` : address;
  return {
    url: `http://${shown}:${bound}`,
    stop: () =>
      new Promise((done) => {
        const late = setTimeout(
          () => closing.abort(new AbortedError("serve: the server is stopping.")),
          grace,
        );
        server.close(() => {
          clearTimeout(late);
          closing.abort(new AbortedError("serve: the server has stopped."));
          done();
        });
        server.closeIdleConnections();
      }),
  };
}
