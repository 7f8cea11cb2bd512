import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Tiles, type Tuning, tiles, tuningClass } from "@webfla/wgsl";
import { type Found, findAdapters, type Session } from "./adapters";
import type { Work } from "./cases/case";
import { forward } from "./cases/laws";
import { matmulOf } from "./cases/matmul";
import { shapes } from "./cases/shapes";
import { Prepared, patience } from "./measure/call";
import { columns, milliseconds } from "./report/numbers";

interface Options {
  readonly adapter?: string;
  readonly quick: boolean;
  readonly table: string;
}

/** One thing to choose, and what may be chosen; the first is what there is without a word. */
interface Axis {
  readonly name: string;
  readonly choices: readonly { readonly say: string; readonly tuning: Tuning }[];
}

const largest = <Tile>(list: readonly Tile[]): Tile => list.at(-1)!;

/** The tiles that there are, with another largest one. */
const withLargest = (say: string, change: Partial<Tiles["matrix"][number]>) => ({
  say,
  tuning: {
    tiles: { ...tiles, matrix: [...tiles.matrix.slice(0, -1), { ...largest(tiles.matrix), ...change }] },
  },
});

const stepped = (step: number) => ({
  say: `steps of ${step}`,
  tuning: { tiles: { ...tiles, matrix: tiles.matrix.map((tile) => ({ ...tile, step })) } },
});

const axes: readonly Axis[] = [
  {
    name: "chunkSize",
    choices: [
      { say: "as it is", tuning: {} },
      ...[16, 32, 64].map((chunkSize) => ({ say: String(chunkSize), tuning: { chunkSize } })),
    ],
  },
  {
    name: "recurrentUpTo",
    choices: [
      { say: "as it is", tuning: {} },
      ...[0, 8, 64, 128].map((recurrentUpTo) => ({ say: String(recurrentUpTo), tuning: { recurrentUpTo } })),
    ],
  },
  {
    name: "tiles",
    choices: [
      { say: "as they are", tuning: {} },
      stepped(16),
      stepped(64),
      withLargest("largest by subgroups of 32 × 64", { subRows: 32, subColumns: 64 }),
      withLargest("largest by subgroups of 64 × 32", { subRows: 64, subColumns: 32 }),
      { say: "none over 64", tuning: { tiles: { ...tiles, matrix: tiles.matrix.slice(0, -1) } } },
    ],
  },
];

/** Chooses along one axis after another on every adapter, by the least geometric mean over laws, shapes and a product, and writes it. */
export async function tune({ adapter = "", quick, table }: Options): Promise<string> {
  const said: string[] = [];
  const found = (await findAdapters()).filter(({ name }) =>
    name.toLowerCase().includes(adapter.toLowerCase()),
  );
  let known = existsSync(table)
    ? (JSON.parse(readFileSync(table, "utf8")) as Readonly<Record<string, Tuning>>)
    : {};
  for (const one of found) {
    let best: Tuning = {};
    for (const { name, choices } of axes) {
      const means: { readonly say: string; readonly tuning: Tuning; readonly ms: number }[] = [];
      for (const { say, tuning } of choices) {
        try {
          means.push({ say, tuning, ms: await meanOf(one, { ...best, ...tuning }, quick || one.software) });
        } catch (error) {
          said.push(`${one.name} cannot have ${name} ${say}: ${(error as Error).message}`);
        }
      }
      means.sort((a, b) => a.ms - b.ms);
      if (!means.length)
        throw new Error(`bench tune: ${one.name} must run one choice, got none.\n${said.join("\n")}`);
      best = { ...best, ...means[0]!.tuning };
      const lines = means.map(({ say, ms }) => [say, milliseconds(ms), ""]);
      said.push(`${one.name}\n${columns([[name, "mean", ""], ...lines])}`);
    }
    known = { ...known, [tuningClass(one.info)]: best };
    // whoever ends it keeps what was found
    writeFileSync(table, `${JSON.stringify(known, null, 2)}\n`);
  }
  return [...said, `written to ${table}`].join("\n\n");
}

// of every family of kernels one
const chosen = ["retention", "gla", "gatedDeltaRule", "rwkv7"];

const worksOf = (small: boolean): readonly Work[] =>
  small
    ? shapes({ small })
        .slice(1, 2)
        .map(({ varlen, heads }) => forward("simpleGla", varlen, heads))
    : [
        ...shapes({ small }).flatMap(({ varlen, heads }) => chosen.map((law) => forward(law, varlen, heads))),
        matmulOf(4096),
      ];

/** Milliseconds of a call in the geometric mean. */
async function meanOf(found: Found, tuning: Tuning, small: boolean): Promise<number> {
  const session = await found.open();
  const dtype = session.runtime.info.features.has("shader-f16") ? "f16" : "f32";
  try {
    const logs: number[] = [];
    for (const work of worksOf(small))
      logs.push(Math.log(await timeOf(session, new Prepared(session, work, dtype, tuning), small)));
    return Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
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
