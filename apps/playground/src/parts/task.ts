import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { ask, type JobError, type Running } from "../worker/client";
import type { Job, Jobs } from "../worker/jobs";

/** A job of the worker as a tab shows it: one at a time, with its progress, its result and its failure. */
export interface Task<J extends Job> {
  readonly busy: ReadonlySignal<boolean>;
  readonly progress: ReadonlySignal<Jobs[J]["report"] | undefined>;
  readonly result: ReadonlySignal<Jobs[J]["result"] | undefined>;
  readonly failure: ReadonlySignal<JobError | undefined>;
  /** Starts it; what was found before stays until there is something new. */
  start(argument: Jobs[J]["argument"], report?: (report: Jobs[J]["report"]) => void): Promise<void>;
  stop(): void;
  /** Forgets what was found. */
  clear(): void;
}

export function task<J extends Job>(job: J): Task<J> {
  const running = signal<Running<J> | undefined>(undefined);
  const progress = signal<Jobs[J]["report"] | undefined>(undefined);
  const result = signal<Jobs[J]["result"] | undefined>(undefined);
  const failure = signal<JobError | undefined>(undefined);
  const clear = () => {
    result.value = undefined;
    failure.value = undefined;
  };
  return {
    busy: computed(() => running.value !== undefined),
    progress,
    result,
    failure,
    clear,
    stop: () => running.value?.stop(),
    async start(argument, report) {
      failure.value = undefined;
      const started = ask(job, argument, (told) => {
        progress.value = told;
        report?.(told);
      });
      running.value = started;
      // what was started later counts
      const counts = () => running.value === started;
      try {
        const found = await started.result;
        if (counts()) result.value = found;
      } catch (error) {
        if (counts()) failure.value = error as JobError;
      }
      if (!counts()) return;
      running.value = undefined;
      progress.value = undefined;
    },
  };
}
