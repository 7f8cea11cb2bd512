import type { Ops, Tensor } from "@webfla/ops";
import type { Case } from "../cases";
import { type Effort, green, type Measurement, once, relativeError, repeat } from "../measure";

/** What a case must give, and how long the oracle took for it: computed once for all backends. */
export type Oracle = (of: Case) => { readonly result: Float64Array; readonly ms: number };

export function oracle(): Oracle {
  const known = new Map<string, ReturnType<Oracle>>();
  return (of) => {
    let answer = known.get(of.name);
    if (!answer) {
      const start = performance.now();
      const result = of.expected();
      answer = { result, ms: performance.now() - start };
      known.set(of.name, answer);
    }
    return answer;
  };
}

/** Runs cases on a backend, call and read back together; only what agrees with the oracle is timed. */
export async function* measureOps<T extends Tensor>(
  ops: Ops<T>,
  cases: readonly Case[],
  about: Pick<Measurement, "suite" | "on" | "correctnessOnly">,
  answers: Oracle,
  effort: Effort,
): AsyncGenerator<Measurement> {
  for (const of of cases) {
    const entries = Object.entries(of.inputs);
    const inputs = Object.fromEntries(
      entries.map(([name, { data, shape }]) => [name, ops.tensor(data, shape)]),
    );
    const call = async () => {
      const o = of.run(ops, inputs);
      try {
        return await ops.read(o);
      } finally {
        o.dispose();
      }
    };
    const cold = await once(call);
    const { result, ms: oracleMs } = answers(of);
    const { name, tolerance, flops } = of;
    const checked = {
      ...about,
      name,
      tolerance,
      oracleMs,
      coldMs: cold.ms,
      error: relativeError(cold.result, result),
    };
    if (green(checked)) {
      const warm = await repeat(name, call, effort);
      yield { ...checked, warm, ...(flops ? { gflops: flops / warm.medianMs / 1e6 } : {}) };
    } else yield checked;
    for (const x of Object.values(inputs)) x.dispose();
  }
}
