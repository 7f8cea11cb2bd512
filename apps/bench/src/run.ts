import { type Found, findAdapters, type Tiers } from "./adapters";
import type { Case } from "./cases/case";
import type { FlaRun } from "./fla-run";
import { type Machine, machine } from "./machine";
import { measureCase } from "./measure/case";
import type { Effort, Measurement, Rates } from "./measure/measurement";
import { measureRates } from "./measure/rates";
import type { Ort } from "./ort/linear-attention";
import { suites } from "./suites";

export interface Request extends Effort {
  readonly suites: readonly string[];
  /** Of the adapter's name; all adapters where absent. */
  readonly adapter?: string | undefined;
  readonly tiers: readonly Tiers[];
  readonly dtypes: readonly ("f32" | "f16")[];
  /** Cases whose name holds it. */
  readonly match?: string | undefined;
  readonly rivals: boolean;
  readonly ort: boolean;
}

/** All that a run found: what is written as JSON. */
export interface Results {
  readonly taken: string;
  readonly machine: Machine;
  readonly quick: boolean;
  readonly adapters: readonly {
    readonly name: string;
    readonly software: boolean;
    readonly info: Found["info"];
  }[];
  readonly rates: readonly Rates[];
  readonly results: readonly Measurement[];
  /** FLA on the same card, where it was timed. */
  readonly fla?: FlaRun;
}

/** Runs suites, and tells each row as it comes, with all that is known by then. */
export async function run(
  request: Request,
  tell: (row: Measurement, known: Results) => void,
): Promise<Results> {
  const found = await adaptersOf(request);
  const taken = new Date().toISOString();
  const about = machine();
  const rates: Rates[] = [];
  const results: Measurement[] = [];
  const known = (): Results => ({
    taken,
    machine: about,
    quick: request.quick,
    adapters: found.map(({ name, software, info }) => ({ name, software, info })),
    rates,
    results,
  });
  const add = (row: Measurement): void => {
    results.push(row);
    tell(row, known());
  };
  const devices: (readonly [Found, Tiers, Rates])[] = [];
  for (const one of found)
    for (const tiers of request.tiers) {
      const measured = await measureRates(one, tiers, request);
      rates.push(measured);
      devices.push([one, tiers, measured]);
    }
  const orts = new Map<Found, Ort>();
  if (request.ort) {
    const { openOrt } = await import("./ort/linear-attention");
    for (const one of found) orts.set(one, await openOrt(one));
  }
  for (const name of request.suites) {
    const suite = suites[name]!;
    if ("rows" in suite) for await (const row of suite.rows(request)) add(row);
    else
      for (const [one, tiers, measured] of devices) {
        const cases = suite.cases({ small: request.quick || one.software });
        for (const of of cases.filter((c) => c.name.includes(request.match ?? "")))
          for (const dtype of dtypesOf(of, request, measured))
            add(
              await measureCase(of, {
                suite: name,
                found: one,
                tiers,
                dtype,
                rates: measured,
                effort: { quick: request.quick || one.software },
                rivals: request.rivals,
                ort: orts.get(one),
              }),
            );
      }
  }
  return known();
}

async function adaptersOf({ adapter, suites: names }: Request): Promise<readonly Found[]> {
  if (names.every((name) => "rows" in suites[name]!)) return [];
  const all = await findAdapters();
  const found = adapter ? all.filter(({ name }) => name.toLowerCase().includes(adapter.toLowerCase())) : all;
  if (found.length === 0)
    throw new Error(
      `bench: this machine must have a WebGPU adapter${adapter ? ` named ${adapter}` : ""}, got ${all.map(({ name }) => name).join(", ") || "none"}. Choose among these, or only suites without one.`,
    );
  return found;
}

const dtypesOf = (
  { dtypes = ["f32", "f16"] }: Case,
  request: Request,
  { flopsPerSecond }: Rates,
): readonly ("f32" | "f16")[] =>
  dtypes.filter((d) => request.dtypes.includes(d) && flopsPerSecond[d] !== undefined);
