import type { Tensor } from "@webfla/ops";
import { type TracedDispatch, trace } from "@webfla/wgsl";
import { type Drawn, draw } from "../variants/inputs";
import type { Machine } from "../worker/machine";
import { type Backward, backward, type Case, forward, type Runner, type Timed } from "./call";
import type { SideName, SideReport, Stage } from "./request";

/** A case as one side ran it. */
export interface Side {
  readonly report: SideReport;
  readonly results: Timed["results"];
  readonly gradients: Backward | undefined;
}

export type Seeds = Readonly<Record<string, Drawn>>;

export interface SideTask {
  readonly name: SideName;
  readonly step: (text: string) => Promise<void>;
  /** Whether the gradients are wanted. */
  readonly backward: boolean;
}

/** What flows into each result. */
export const seedsOf = (results: Timed["results"], c: Case): Seeds =>
  Object.fromEntries(
    Object.entries(results).map(([name, { shape }]) => {
      const D = shape.reduce((n, d) => n * d, 1);
      const { data } = draw({ shape: ["D"], draw: "normal" }, { ...c.sizes, D }, c.seed, `seed of ${name}`);
      return [name, { data, shape, input: { shape: [], draw: "normal" } }];
    }),
  );

/** Runs a case forward and back, the first time, again for its time, and on a GPU once more to see what ran. */
export async function runSide<T extends Tensor>(
  { ops, name: machine, features }: Machine<T>,
  c: Case,
  { name: side, step, backward: wantBackward }: SideTask,
): Promise<Side> {
  await step("the first time, with what it compiles");
  const first = await forward(ops, c);
  const seeds = seedsOf(first.results, c);
  const firstBack = wantBackward ? await backward(ops, c, seeds) : undefined;
  const noGradient = firstBack && "refused" in firstBack ? firstBack.refused : undefined;
  await step("again, for its time");
  const warm = await forward(ops, c);
  const warmBack = firstBack && !noGradient ? await backward(ops, c, seeds) : undefined;

  const dispatches: (TracedDispatch & Pick<Stage, "pass">)[] = [];
  const traced =
    (pass: Stage["pass"]): Runner =>
    (body) =>
      trace(ops, body).then(({ result, dispatches: found }) => {
        dispatches.push(...found.map((d) => ({ ...d, pass })));
        return result;
      });
  if (side === "webgpu") {
    await forward(ops, c, traced("forward"));
    if (warmBack) await backward(ops, c, seeds, traced("backward"));
  }
  const { bytes, pooledBytes } = ops.memory();
  return {
    report: {
      side,
      name: machine,
      features,
      firstMs: first.ms + (firstBack && "gradients" in firstBack ? firstBack.gradients.ms : 0),
      forwardMs: warm.ms,
      bothMs: warmBack && "gradients" in warmBack ? warmBack.gradients.ms : undefined,
      noGradient,
      peakBytes: bytes + pooledBytes,
      stages: stagesOf(dispatches),
    },
    results: first.results,
    gradients: firstBack,
  };
}

/** Dispatches of one text and pass are one stage, in the order in which they first came. */
function stagesOf(dispatches: readonly (TracedDispatch & Pick<Stage, "pass">)[]): Stage[] {
  const stages = new Map<string, Stage>();
  for (const d of dispatches) {
    const key = `${d.pass} ${d.code}`;
    const before = stages.get(key);
    stages.set(key, {
      pass: d.pass,
      kernel: d.kernel,
      slots: d.slots,
      constants: d.constants,
      code: d.code,
      files: d.files,
      launches: (before?.launches ?? 0) + 1,
      workgroups: (before?.workgroups ?? 0) + d.workgroups.reduce((n, x) => n * x, 1),
      bytes: (before?.bytes ?? 0) + d.bytes,
      nanoseconds: d.nanoseconds === undefined ? undefined : (before?.nanoseconds ?? 0) + d.nanoseconds,
    });
  }
  return [...stages.values()];
}
