import { createCpu } from "@webfla/reference";
import { opCases } from "../cases/oracle";
import { once, repeat } from "../measure/host";
import { type Effort, green, type Measurement } from "../measure/measurement";
import { relativeError } from "../measure/statistics";

const about = { suite: "cpu", on: "CPU", correctnessOnly: false };

/** The CPU backend, call and read back together, against the f64 oracle. */
export async function* cpuSuite(effort: Effort): AsyncGenerator<Measurement> {
  const ops = createCpu();
  for (const { name, tolerance, flops, inputs: given, run, expected } of opCases(effort.quick)) {
    const inputs = Object.fromEntries(
      Object.entries(given).map(([name, { data, shape }]) => [name, ops.tensor(data, shape)]),
    );
    const call = async () => {
      const o = run(ops, inputs);
      try {
        return await ops.read(o);
      } finally {
        o.dispose();
      }
    };
    const cold = await once(call);
    const { result, ms: oracleMs } = await once(expected);
    const error = relativeError(cold.result, result);
    const checked = { ...about, name, tolerance, oracleMs, coldMs: cold.ms, error, ...(flops && { flops }) };
    yield green(checked) ? { ...checked, warm: await repeat(name, call, effort) } : checked;
    for (const x of Object.values(inputs)) x.dispose();
  }
  ops.dispose();
}
