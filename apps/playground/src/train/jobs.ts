import type { Tensor } from "@webfla/ops";
import { type Opened, openBackend } from "../worker/backend";
import type { BackendInfo } from "../worker/choices";
import { forget, kept } from "./keep";
import type { TrainReport, TrainRequest, TrainUpdate } from "./request";
import { begin, type Training } from "./training";

interface Current {
  readonly training: Training;
  readonly info: BackendInfo;
}
let current: Current | undefined;

const training = (): Training => {
  if (!current)
    throw new Error("train: a run must be in memory, got none. Begin one, or restore the kept one.");
  return current.training;
};

/** What the worker does for the tab Train. */
const jobs = {
  async train(
    request: TrainRequest,
    report: (update: TrainUpdate) => void,
    signal: AbortSignal,
  ): Promise<TrainReport> {
    if (request.mode !== "go-on" || !current) {
      current?.training.dispose();
      current = undefined;
      current = await openBackend(request.backend, async <T extends Tensor>(opened: Opened<T>) => ({
        training: await begin(opened, request),
        info: opened.info,
      }));
    }
    const { training, info } = current;
    training.documents = request.documents;
    report({ kind: "opened", info, parameters: training.parameters, steps: training.steps });
    return training.run(request, report, signal);
  },

  /** The documents from now on: the next batches are made of them. */
  async documents(texts: readonly string[]): Promise<undefined> {
    if (current) current.training.documents = texts;
  },

  checkpoint: () => training().checkpoint(),
  kept,

  forget,
};

export const trainJobs = {
  jobs,
  /** The model went with its device. */
  letGo(): void {
    current = undefined;
  },
};
