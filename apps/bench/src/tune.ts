import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { UnsupportedError } from "@webfla/ops";
import type { PlanOptions } from "@webfla/wgsl";
import { type Found, findAdapters, type Session } from "./adapters";
import { forward, laws } from "./cases/laws";
import { shapes } from "./cases/shapes";
import { Prepared, patience } from "./measure/call";
import { columns, milliseconds } from "./report/numbers";

interface Options {
  readonly adapter?: string;
  readonly quick: boolean;
  readonly table: string;
}

/** Plans by class of adapter: what `createWebGpu` may be given beside its other options. */
export type PlanTable = Readonly<Record<string, Pick<PlanOptions, "plan" | "chunkSize">>>;

/** The adapters that one entry is for. */
export const classOf = ({ info: { vendor, architecture } }: Pick<Found, "info">): string =>
  [vendor, architecture].filter(Boolean).join(" ") || "unknown";

const candidates: readonly Pick<PlanOptions, "plan" | "chunkSize">[] = [
  ...[16, 32, 64].map((chunkSize) => ({ chunkSize })),
  ...[16, 32, 64].map((chunkSize) => ({ plan: "chunked" as const, chunkSize })),
];

const show = ({ plan = "auto", chunkSize }: PlanOptions): string => `${plan}, chunks of ${chunkSize}`;

/** Times every plan on every adapter, and writes the fastest: the least geometric mean over laws and shapes. */
export async function tune({ adapter = "", quick, table }: Options): Promise<string> {
  const said: string[] = [];
  const found = (await findAdapters()).filter(({ name }) =>
    name.toLowerCase().includes(adapter.toLowerCase()),
  );
  let known = existsSync(table) ? (JSON.parse(readFileSync(table, "utf8")) as PlanTable) : {};
  for (const one of found) {
    const means: (readonly [PlanOptions, number])[] = [];
    for (const plan of candidates) {
      const mean = await meanOf(one, plan, quick || one.software);
      if (mean !== undefined) means.push([plan, mean]);
    }
    means.sort(([, a], [, b]) => a - b);
    known = { ...known, [classOf(one)]: means[0]![0] };
    const lines = means.map(([plan, mean]) => [show(plan), milliseconds(mean), ""]);
    said.push(`${one.name}, "${classOf(one)}"\n${columns([["plan", "mean", ""], ...lines])}`);
  }
  writeFileSync(table, `${JSON.stringify(known, null, 2)}\n`);
  return [...said, `written to ${table}`].join("\n\n");
}

/** Milliseconds of a call in the geometric mean; nothing where the device has not the plan. */
async function meanOf(found: Found, plan: PlanOptions, small: boolean): Promise<number | undefined> {
  const chosen = small ? ["gatedDeltaRule"] : Object.keys(laws);
  const session = await found.open();
  const dtype = session.runtime.info.features.has("shader-f16") ? "f16" : "f32";
  try {
    const logs: number[] = [];
    for (const { varlen, heads } of shapes({ small }).slice(small ? 1 : 0, small ? 2 : undefined))
      for (const law of chosen)
        logs.push(
          Math.log(
            await timeOf(session, new Prepared(session, forward(law, varlen, heads), dtype, plan), small),
          ),
        );
    return Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  } finally {
    session.dispose();
  }
}

async function timeOf({ runtime }: Session, prepared: Prepared, quick: boolean): Promise<number> {
  await prepared.first();
  const { gpu } = await prepared.gpu(patience({ quick }));
  const { medianMs } = gpu ?? (await prepared.wall(patience({ quick })));
  prepared.dispose();
  runtime.trim();
  return medianMs;
}
