import { DeviceLostError, OutOfMemoryError } from "@webfla/ops";
import { bench } from "../bench/measure";
import { execute } from "../run/execute";
import { leakTest } from "../run/leak";
import { trajectories } from "../state/trajectory";
import { trainJobs } from "../train/jobs";
import { openBackend } from "./backend";
import type { Answer, FailureKind, Job, Jobs, Order } from "./jobs";
import { letGo } from "./machine";
import { type Session, session } from "./session";

let current: Session | undefined;
const running = new Map<number, AbortController>();

const opened = (): Session => {
  if (!current) throw new Error("worker: a backend must be open, got none. Open one first.");
  return current;
};

type Worker = {
  readonly [J in Job]: (
    argument: Jobs[J]["argument"],
    report: (report: Jobs[J]["report"]) => void,
    signal: AbortSignal,
  ) => Promise<Jobs[J]["result"]>;
};

const jobs: Worker = {
  async open(choice) {
    current?.dispose();
    current = undefined;
    current = await openBackend<Session>(choice, session);
    return current.info;
  },
  load: (checkpoint, report, signal) => opened().load(checkpoint, report, signal),
  generate: (options, report, signal) => opened().generate(options, report, signal),
  run: execute,
  leak: leakTest,
  state: trajectories,
  bench,
  ...trainJobs.jobs,
};

async function run<J extends Job>(id: number, job: J, argument: Jobs[J]["argument"]): Promise<void> {
  const answer = (message: Answer) => postMessage(message);
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const report = (report: Jobs[J]["report"]) => answer({ id, report });
    answer({ id, result: await jobs[job](argument, report, controller.signal) });
  } catch (error) {
    answer({ id, ...failureOf(error, controller.signal) });
  } finally {
    running.delete(id);
  }
}

/** What went wrong, and the way on. */
function failureOf(error: unknown, { aborted }: AbortSignal): { failure: string; kind: FailureKind } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DeviceLostError) {
    letGo();
    trainJobs.letGo();
    current = undefined;
    return {
      failure: `${message} What was on the device is gone; the next run opens a new one.`,
      kind: "lost",
    };
  }
  if (aborted) return { failure: "Stopped.", kind: "stopped" };
  const hint = error instanceof OutOfMemoryError ? " Choose fewer tokens, heads or channels." : "";
  return { failure: message + hint, kind: "failed" };
}

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  if (data.job === "stop") running.get(data.id)?.abort();
  else void run(data.id, data.job, data.argument);
});
