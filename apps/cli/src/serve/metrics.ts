import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Load } from "./runner";

/** What /metrics says. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<"route" | "status">;
  readonly promptTokens: Counter;
  readonly newTokens: Counter;
  readonly firstToken: Histogram;
  readonly duration: Histogram<"route">;
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(load: () => Load): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge("webfla_requests_running", "Sequences in flight.", () => load().running);
  gauge("webfla_requests_queued", "Sequences that wait for a place.", () => load().queued);
  return {
    registry,
    requests: new Counter({
      name: "webfla_requests_total",
      help: "Answered requests.",
      labelNames: ["route", "status"],
      registers,
    }),
    promptTokens: new Counter({ name: "webfla_prompt_tokens_total", help: "Tokens read.", registers }),
    newTokens: new Counter({ name: "webfla_new_tokens_total", help: "Tokens written.", registers }),
    firstToken: new Histogram({
      name: "webfla_first_token_seconds",
      help: "From a request to its first token.",
      buckets: seconds,
      registers,
    }),
    duration: new Histogram({
      name: "webfla_request_seconds",
      help: "From a request to the end of its answer.",
      labelNames: ["route"],
      buckets: seconds,
      registers,
    }),
  };
}
