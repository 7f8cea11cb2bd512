import type { Answer, FailureKind, Job, Jobs, Order } from "./jobs";

interface Waiting {
  report(report: unknown): void;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Why a job ended without a result. */
export class JobError extends Error {
  constructor(
    message: string,
    readonly kind: FailureKind,
  ) {
    super(message);
  }
}

const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let last = 0;

function start(): Worker {
  const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  started.onmessage = ({ data }: MessageEvent<Answer>) => {
    const job = waiting.get(data.id);
    if (!job) return;
    if ("report" in data) return job.report(data.report);
    waiting.delete(data.id);
    if ("result" in data) job.resolve(data.result);
    else job.reject(new JobError(data.failure, data.kind));
  };
  // a worker that could not start answers nobody
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values())
      reject(new JobError(message || "The worker could not start.", "lost"));
    waiting.clear();
    worker = undefined;
  };
  return started;
}

export interface Running<J extends Job> {
  readonly result: Promise<Jobs[J]["result"]>;
  stop(): void;
}

/** Starts a job in the worker, which is started with the first one. */
export function ask<J extends Job>(
  job: J,
  argument: Jobs[J]["argument"],
  report: (report: Jobs[J]["report"]) => void = () => {},
): Running<J> {
  const id = ++last;
  const to = (worker ??= start());
  const result = new Promise<Jobs[J]["result"]>((resolve, reject) => {
    waiting.set(id, {
      report: report as Waiting["report"],
      resolve: resolve as Waiting["resolve"],
      reject,
    });
  });
  to.postMessage({ id, job, argument } as Order);
  return { result, stop: () => to.postMessage({ id, job: "stop" } satisfies Order) };
}
