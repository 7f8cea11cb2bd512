import type { Tensor } from "@webfla/ops";
import { type TracedDispatch, trace } from "@webfla/wgsl";
import { type Drawn, draw } from "../variants/inputs";
import { breathe } from "../worker/breathe";
import { type Machine, onMachine } from "../worker/machine";
import { type Backward, backward, type Case, caseOf, forward, type Runner } from "./call";
import { derivativesAlong, exactly, graded, gradientError } from "./exact";
import { gridOf, minus, relativeError } from "./grid";
import { titles } from "./names";
import type { Progress, RunReport, RunRequest, SideName, SideReport, Stage, TensorReport } from "./request";

/** Relative error that a result may have, by storage type: that of the goldens. */
export const tolerances = { f32: 1e-4, f16: 5e-3 } as const;

interface Side {
  readonly report: SideReport;
  readonly results: Awaited<ReturnType<typeof forward>>["results"];
  readonly gradients: Backward | undefined;
}

/** Runs a case on every side that is asked for, and holds the results to the oracle. */
export async function execute(
  request: RunRequest,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<RunReport> {
  const c = caseOf(request);
  const slopes = request.backward ? graded(c) : [];
  const total = 1 + 3 * request.on.length + slopes.length;
  let done = 0;
  const step = async (text: string) => {
    report({ text, done: done++, total });
    await breathe(signal);
  };

  await step("The oracle, in f64");
  const start = performance.now();
  const exact = exactly(c);
  const oracleMs = performance.now() - start;

  const sides: Side[] = [];
  let seeds: Readonly<Record<string, Drawn>> = {};
  for (const name of request.on) {
    await step(`${titles[name]}, opening`);
    const task = {
      name,
      step: (text: string) => step(`${titles[name]}, ${text}`),
      seeds: (results: Side["results"]) => (seeds = seedsOf(results, c)),
    };
    sides.push(await onMachine(name, request, (machine) => runSide(machine, c, request.backward, task)));
  }

  const along = new Map<string, ReturnType<typeof derivativesAlong>>();
  for (const name of slopes) {
    await step(`The oracle's derivative by ${name}`);
    along.set(name, derivativesAlong(c, seeds, name));
  }
  const gradientsOf = ({ gradients }: Side) =>
    gradients && "gradients" in gradients ? gradients.gradients.results : undefined;
  const base = sides.find(({ report: { side } }) => side === "cpu");

  const outputs = Object.entries(sides[0]!.results).map(([name, { shape }]): TensorReport => {
    const state = name !== "o";
    return {
      name,
      kind: state ? "state" : "output",
      shape,
      exact: gridOf(exact[name]!, shape, state),
      sides: sides.map(({ report: { side }, results }) => {
        const { data } = results[name]!;
        return {
          side,
          error: relativeError(data, exact[name]!),
          grid: gridOf(data, shape, state),
          difference: gridOf(minus(data, exact[name]!), shape, state),
        };
      }),
    };
  });
  const gradients = slopes.map((name): TensorReport => {
    const { shape, input } = c.inputs[name]!;
    const state = input.shape[0] === "N";
    return {
      name: `d${name}`,
      kind: "gradient",
      shape,
      exact: undefined,
      sides: sides.flatMap((one) => {
        const data = gradientsOf(one)?.[name]?.data;
        if (!data) return [];
        const beside = one === base ? undefined : base && gradientsOf(base)?.[name]?.data;
        return [
          {
            side: one.report.side,
            error: gradientError(data, along.get(name)!),
            grid: gridOf(data, shape, state),
            difference: beside && gridOf(minus(data, beside), shape, state),
          },
        ];
      }),
    };
  });
  return {
    tolerance: tolerances[request.storage],
    oracleMs,
    tensors: [...outputs, ...gradients.filter(({ sides }) => sides.length > 0)],
    sides: sides.map((side) => side.report),
    lengths: request.lengths,
  };
}

/** What flows into each result. */
const seedsOf = (results: Side["results"], c: Case): Record<string, Drawn> =>
  Object.fromEntries(
    Object.entries(results).map(([name, { shape }]) => {
      const D = shape.reduce((n, d) => n * d, 1);
      const { data } = draw({ shape: ["D"], draw: "normal" }, { ...c.sizes, D }, c.seed, `seed of ${name}`);
      return [name, { data, shape, input: { shape: [], draw: "normal" } }];
    }),
  );

async function runSide<T extends Tensor>(
  { ops, name: machine, features }: Machine<T>,
  c: Case,
  wantBackward: boolean,
  {
    name: side,
    step,
    seeds: seedsFor,
  }: {
    readonly name: SideName;
    readonly step: (text: string) => Promise<void>;
    readonly seeds: (results: Side["results"]) => Readonly<Record<string, Drawn>>;
  },
): Promise<Side> {
  await step("the first time, with what it compiles");
  const first = await forward(ops, c);
  const seeds = seedsFor(first.results);
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
