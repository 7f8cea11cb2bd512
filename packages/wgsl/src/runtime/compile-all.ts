import { openRuntime } from "./device";
import type { Specialisation } from "./kernel";

export interface Compiled {
  /** Distinct shaders. */
  readonly pipelines: number;
  readonly milliseconds: number;
  readonly errors: readonly Error[];
}

/** Compiles every specialisation on a device, which may be one that executes nothing, and collects what does not compile. */
export async function compileAll(
  device: GPUDevice,
  specialisations: readonly Specialisation[],
): Promise<Compiled> {
  const runtime = await openRuntime({ device });
  const start = performance.now();
  const outcomes = await Promise.allSettled(specialisations.map((s) => runtime.warmUp([s])));
  const milliseconds = performance.now() - start;
  const { pipelines } = runtime.stats;
  runtime.dispose();
  return {
    pipelines,
    milliseconds,
    errors: outcomes.flatMap((o) => (o.status === "rejected" ? [o.reason as Error] : [])),
  };
}
