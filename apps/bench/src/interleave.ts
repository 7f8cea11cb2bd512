import type { PlanOptions, Tuning } from "@webfla/wgsl";
import { findAdapters, type Tiers } from "./adapters";
import { Prepared, patience } from "./measure/call";
import type { Spread } from "./measure/measurement";
import { spread } from "./measure/statistics";
import { columns, milliseconds } from "./report/numbers";
import type { Request } from "./run";
import { suites } from "./suites";

/** What a device is told: its plan, and the features that it may use. */
export type Configuration = PlanOptions & Tuning & { readonly tiers?: Tiers };

/** A case under two configurations, sample by sample in turn. */
export interface Interleaved {
  readonly name: string;
  readonly clock: "GPU" | "call";
  readonly a: Spread;
  readonly b: Spread;
  /** b over a of each pair of samples. */
  readonly ratio: Pick<Spread, "medianMs" | "p10Ms" | "p90Ms">;
}

type Asked = Omit<Request, "rivals" | "ort" | "tiers">;

/** Times every case under both configurations in one process, A B A B: what drifts meets both alike. */
export async function* interleave(
  request: Asked,
  configurations: readonly [Configuration, Configuration],
): AsyncGenerator<Interleaved> {
  const found = (await findAdapters()).find(({ name }) =>
    name.toLowerCase().includes((request.adapter ?? "").toLowerCase()),
  );
  if (!found)
    throw new Error(
      `bench: there must be an adapter named ${request.adapter ?? "anything"}, got none. Name another.`,
    );
  const quick = request.quick || found.software;
  for (const name of request.suites) {
    const suite = suites[name]!;
    if ("rows" in suite) continue;
    for (const of of suite.cases({ small: quick }).filter((c) => c.name.includes(request.match ?? "")))
      for (const dtype of (of.dtypes ?? ["f32", "f16"]).filter((d) => request.dtypes.includes(d))) {
        const sessions = await Promise.all(configurations.map(({ tiers }) => found.open(tiers)));
        try {
          const lacking = sessions.some(({ runtime }) => !runtime.info.features.has("shader-f16"));
          if (dtype === "f16" && lacking) continue;
          const both = sessions.map(
            (session, i) => new Prepared(session, of.work, dtype, configurations[i], quick ? 1 : undefined),
          );
          yield { name: `${of.name} ${dtype}`, ...(await alternate(both, quick)) };
          for (const prepared of both) prepared.dispose();
        } finally {
          for (const session of sessions) session.dispose();
        }
      }
  }
}

async function alternate(both: readonly Prepared[], quick: boolean): Promise<Omit<Interleaved, "name">> {
  const { milliseconds: enough, samples } = patience({ quick });
  const times: number[][] = both.map(() => []);
  let clock: Interleaved["clock"] = "GPU";
  for (const prepared of both) {
    await prepared.first();
    await prepared.row(3);
  }
  for (let sample = 0; sample < samples; sample++)
    for (const [i, prepared] of both.entries()) {
      const { gpu } = await prepared.gpu({ milliseconds: enough / samples / 2, samples: 5 });
      if (!gpu) clock = "call";
      times[i]!.push(gpu?.medianMs ?? (await prepared.row(5)));
    }
  const [a, b] = times as [number[], number[]];
  return { clock, a: spread(a), b: spread(b), ratio: spread(b.map((ms, i) => ms / a[i]!)) };
}

const heads = ["case", "clock", "A", "B", "B ÷ A", "p10 … p90", ""] as const;

/** Ratios of medians with the spread of their pairs. */
export const interleavedText = (rows: readonly Interleaved[]): string =>
  columns(
    [
      heads,
      ...rows.map(({ name, clock, a, b, ratio }) => [
        name,
        clock,
        milliseconds(a.medianMs),
        milliseconds(b.medianMs),
        (b.medianMs / a.medianMs).toFixed(3),
        `${ratio.p10Ms.toFixed(3)} … ${ratio.p90Ms.toFixed(3)}`,
        ratio.p10Ms <= 1 && ratio.p90Ms >= 1 ? "within the spread" : "",
      ]),
    ],
    2,
  );
