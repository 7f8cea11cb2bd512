/** The learning rate over a run. */
export interface ScheduleOptions {
  /** cosine and linear fall from the end of the warm-up to the last step; wsd (warm up, stay, decay) only over its last decaySteps. */
  readonly kind: "constant" | "linear" | "cosine" | "wsd";
  readonly lr: number;
  /** Where a falling rate ends. Default 0. */
  readonly minLr?: number | undefined;
  /** Steps in which the rate rises from lr / warmupSteps. Default 0. */
  readonly warmupSteps?: number | undefined;
  /** Steps of the run; a constant rate needs none. */
  readonly totalSteps?: number | undefined;
  /** Of wsd. Default a fifth of the run. */
  readonly decaySteps?: number | undefined;
}

/** The learning rate of each step, counted from 0. */
export type Schedule = (step: number) => number;

/** Loshchilov & Hutter 2017 (cosine), Hu et al. 2024 (wsd, arXiv:2404.06395). */
export function schedule({
  kind,
  lr,
  minLr = 0,
  warmupSteps = 0,
  totalSteps = Number.POSITIVE_INFINITY,
  decaySteps = Math.ceil(totalSteps / 5),
}: ScheduleOptions): Schedule {
  const start = kind === "wsd" ? totalSteps - decaySteps : warmupSteps;
  const fall = (step: number): number => {
    // how far the rate has fallen, in 0..1
    const done = Math.min(1, Math.max(0, (step - start) / Math.max(totalSteps - start, 1))) || 0;
    switch (kind) {
      case "constant":
        return 0;
      case "cosine":
        return (1 - Math.cos(Math.PI * done)) / 2;
      case "linear":
      case "wsd":
        return done;
      default:
        return kind satisfies never;
    }
  };
  return (step) => (lr + (minLr - lr) * fall(step)) * (step < warmupSteps ? (step + 1) / warmupSteps : 1);
}
