import { breathe } from "../worker/breathe";
import type { Progress } from "../worker/choices";
import { onMachine } from "../worker/machine";
import { caseOf } from "./call";
import { derivativesAlong, exactly, graded } from "./exact";
import { titles } from "./names";
import { reportGradients, reportResults } from "./report";
import type { RunReport, RunRequest } from "./request";
import { runSide, type Side, seedsOf } from "./side";

/** Relative error that a result may have, by storage type: that of the goldens. */
const tolerances = { f32: 1e-4, f16: 5e-3 } as const;

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
  for (const name of request.on) {
    const said = (text: string) => step(`${titles[name]}, ${text}`);
    await said("opening");
    const task = { name, step: said, backward: request.backward };
    sides.push(await onMachine(name, request, (machine) => runSide(machine, c, task)));
  }

  const seeds = seedsOf(sides[0]!.results, c);
  const derivatives = new Map<string, ReturnType<typeof derivativesAlong>>();
  for (const name of slopes) {
    await step(`The oracle's derivative by ${name}`);
    derivatives.set(name, derivativesAlong(c, seeds, name));
  }
  return {
    tolerance: tolerances[request.storage],
    oracleMs,
    tensors: [...reportResults(sides, exact), ...reportGradients(sides, c, derivatives)],
    sides: sides.map((side) => side.report),
    lengths: request.lengths,
  };
}
