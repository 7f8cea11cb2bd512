// The cases, the golden files, models and sizes on the GPU of a machine that has no test runner:
//   node on-device.mjs [fixtures] [--only laws,gradients] [--tiers every,halves,baseline] [--rows text] [--budget seconds a table]
//                      [--storages f32,f16] [--adapter part of its name] [--emulate] [--list]
import { parseArgs } from "node:util";
import { DeviceLostError, type Ops, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { type GpuTensor, trace } from "@webfla/wgsl";
import { type Results, relativeError } from "../test/verbs/compare";
import type { StorageType } from "./golden";
import { opener, tiers } from "./on-device/device";
import { golden } from "./on-device/golden";
import { lawTables } from "./on-device/laws";
import { modelTables } from "./on-device/models";
import type { Row, Table } from "./on-device/row";
import { sizeTable } from "./on-device/sizes";
import { verbTables } from "./on-device/verbs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    tiers: { type: "string" },
    storages: { type: "string" },
    rows: { type: "string", default: "" },
    budget: { type: "string", default: "120" },
    adapter: { type: "string" },
    emulate: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});
const [fixtures = "packages/conformance/fixtures"] = positionals;
const milliseconds = 1000 * Number(values.budget);
const all: readonly Table[] = [...verbTables, ...lawTables, ...modelTables, sizeTable];
const names = [...all.map(({ name }) => name), "golden"];
const asked = (list: string | undefined, known: readonly string[]): readonly string[] => {
  const chosen = list?.split(",") ?? known;
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`on-device: there are ${known.join(", ")}, got ${unknown.join(", ")}.`);
  return chosen;
};

const storages = asked(values.storages, ["f32", "f16"]) as readonly StorageType[];

if (values.list) {
  for (const { name, rows } of all) console.log(`${name}: ${rows.length} rows`);
  process.exit(0);
}

const cpu = createCpu();
const open = opener({ adapter: values.adapter, emulate: values.emulate });
const known = new Map<string, Promise<Results>>();
let failed = 0;

/** What a row must give: its own word for it, or the CPU's, which every tier shares. */
function wanted(row: Row, ops: Ops<GpuTensor>, storage: StorageType, table: string): Promise<Results> {
  if (row.want) return row.want(ops, storage);
  const key = `${table} ${row.name} ${storage}`;
  const want = known.get(key) ?? row.run(cpu, storage);
  known.set(key, want);
  return want;
}

interface Worst {
  readonly error: number;
  readonly bound: number;
  readonly name: string;
}

/** The result of a row that is nearest to its bound, or farthest beyond it; the error is not a number where a result is missing. */
function compare(row: Row, storage: StorageType, got: Results, want: Results): Worst {
  const errors = Object.entries(want).map(([name, x]): Worst => {
    const found = got[name];
    const error = !x && !found ? 0 : x && found ? relativeError(found, x) : Number.NaN;
    const isGate = storage === "f16" && row.gates?.includes(name);
    return { error, bound: row.bounds[storage] * (isGate ? 3 : 1), name };
  });
  const none = { error: 0, bound: 0, name: "" };
  const wrong = errors.find(({ error }) => Number.isNaN(error));
  return wrong ?? errors.sort((a, b) => b.error / b.bound - a.error / a.bound)[0] ?? none;
}

const report = (title: string, what: string): void => {
  failed++;
  console.log(`  FAIL ${title}: ${what.slice(0, 400)}`);
};

async function run(
  { name, options = {}, rows: every, storages: those = ["f32", "f16"] }: Table,
  tier: string,
): Promise<void> {
  const rows = every.filter((row) => row.name.includes(values.rows));
  for (const storage of those.filter((s) => storages.includes(s))) {
    const { ops, info } = await open(tier, options);
    if (!ops.backend.dtypes.includes(storage)) continue;
    const title = `${name}, ${tier}, ${storage}`;
    const start = performance.now();
    let [passed, unsupported, done, device] = [0, 0, 0, 0];
    let worst: readonly [number, string] = [0, "none"];
    const byMatrices = info.matrices && storage === "f16";
    const multiplying = new Set<string>();
    const traced = async (body: () => Promise<Results>): Promise<Results> => {
      const { result, dispatches } = await trace(ops, body);
      for (const { kernel, code } of dispatches)
        if (code.includes("subgroupMatrixMultiplyAccumulate")) multiplying.add(kernel);
      return result;
    };
    for (const row of rows) {
      if (performance.now() - start > milliseconds) break;
      done++;
      try {
        const want = await wanted(row, ops, storage, name);
        const begin = performance.now();
        const got = byMatrices ? await traced(() => row.run(ops, storage)) : await row.run(ops, storage);
        const { error, bound, name: result } = compare(row, storage, got, want);
        device += performance.now() - begin;
        if (error > worst[0]) worst = [error, `${row.name}, ${result}`];
        if (error <= bound) passed++;
        else
          report(
            `${title}, ${row.name}`,
            `${result} has the relative error ${error.toExponential(1)}, bound ${bound}`,
          );
      } catch (error) {
        if (error instanceof UnsupportedError && row.mayBeUnsupported) {
          unsupported++;
          continue;
        }
        report(`${title}, ${row.name}`, error instanceof Error ? error.message : String(error));
        if (error instanceof DeviceLostError) break;
      }
    }
    const left = done < rows.length ? `, ${rows.length - done} not reached in ${values.budget} s` : "";
    console.log(
      `${title}: ${passed} of ${done} passed${unsupported ? `, ${unsupported} unsupported` : ""}${left}; largest error ${worst[0].toExponential(1)} (${worst[1]}); ${((performance.now() - start) / 1000).toFixed(1)} s, of them ${(device / 1000).toFixed(1)} s on the device`,
    );
    if (byMatrices) console.log(`  by matrices: ${[...multiplying].sort().join(", ") || "none"}`);
    ops.dispose();
  }
}

for (const tier of asked(values.tiers, Object.keys(tiers))) {
  const { ops: none, info } = await open(tier, {});
  const { vendor, architecture, description, features, matrices } = info;
  none.dispose();
  console.log(
    `${tier}: ${vendor} ${architecture} ${description}; ${[...features].join(", ") || "no feature"}; ${matrices ? "" : "no "}matrices`,
  );
  for (const name of asked(values.only, names)) {
    const table = all.find((t) => t.name === name);
    if (table) {
      await run(table, tier);
      continue;
    }
    for (const storage of storages) {
      const { ops } = await open(tier, { plan: "chunked" });
      if (!ops.backend.dtypes.includes(storage)) continue;
      const { failures, summary } = await golden(ops, fixtures, storage);
      for (const failure of failures) report(`golden, ${tier}, ${storage}`, failure);
      console.log(`golden, ${tier}, ${storage}: ${summary}`);
      ops.dispose();
    }
  }
}
console.log(failed === 0 ? "all green" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
