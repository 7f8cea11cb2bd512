import { createCpu } from "@webfla/reference";
import { type MatrixTile, type PlainTile, type Tiles, tiles } from "@webfla/wgsl";
import { type Found, findAdapters } from "./adapters";
import type { Work } from "./cases/case";
import { forward } from "./cases/laws";
import { matmulOf } from "./cases/matmul";
import { shapes } from "./cases/shapes";
import { Prepared, patience } from "./measure/call";
import { columns, milliseconds, scaled } from "./report/numbers";

interface Options {
  readonly adapter?: string;
  readonly quick: boolean;
}

/** A tile, what it is tried on, and in which storage type. */
interface Trial {
  readonly name: string;
  readonly dtype: "f32" | "f16";
  readonly tiles: Tiles;
  readonly work: Work;
  readonly check: Work;
}

const plain: readonly PlainTile[] = [
  { rows: 128, columns: 128, rowThreads: 16, columnThreads: 16, step: 16 },
  { rows: 128, columns: 128, rowThreads: 16, columnThreads: 16, step: 8 },
  { rows: 128, columns: 64, rowThreads: 16, columnThreads: 8, step: 16 },
  { rows: 64, columns: 64, rowThreads: 8, columnThreads: 8, step: 16 },
  { rows: 64, columns: 64, rowThreads: 16, columnThreads: 16, step: 16 },
];

const large: readonly MatrixTile[] = [
  { rows: 64, columns: 128, subRows: 64, subColumns: 16, step: 32 },
  { rows: 128, columns: 128, subRows: 64, subColumns: 64, step: 32 },
  { rows: 128, columns: 128, subRows: 64, subColumns: 64, step: 16 },
  { rows: 128, columns: 128, subRows: 64, subColumns: 32, step: 32, resultColumns: 16 },
  { rows: 128, columns: 64, subRows: 64, subColumns: 32, step: 32 },
  { rows: 64, columns: 64, subRows: 32, subColumns: 32, step: 32 },
];

// of chunks; the first is what they have anyway
const small: readonly MatrixTile[] = [
  { rows: 64, columns: 64, subRows: 32, subColumns: 16, step: 16 },
  { rows: 64, columns: 64, subRows: 64, subColumns: 16, step: 32 },
  { rows: 64, columns: 64, subRows: 32, subColumns: 32, step: 32 },
  { rows: 64, columns: 64, subRows: 32, subColumns: 32, step: 16 },
  { rows: 64, columns: 128, subRows: 64, subColumns: 16, step: 32 },
  { rows: 64, columns: 128, subRows: 32, subColumns: 64, step: 32 },
  { rows: 16, columns: 64, subRows: 16, subColumns: 16, step: 64 },
  { rows: 16, columns: 128, subRows: 16, subColumns: 32, step: 32 },
];

const show = (tile: PlainTile | MatrixTile): string => {
  const block =
    "subRows" in tile
      ? `${tile.subRows} × ${tile.subColumns} a subgroup`
      : `${tile.rowThreads} × ${tile.columnThreads} threads`;
  return `${tile.rows} × ${tile.columns}, ${block}, steps of ${tile.step}`;
};

/** A tile beside the others, chosen before those of as many rows. */
const beside = (tile: MatrixTile): Tiles => ({
  ...tiles,
  matrix: [
    ...tiles.matrix.filter(({ rows }) => rows <= tile.rows),
    tile,
    ...tiles.matrix.filter(({ rows }) => rows > tile.rows),
  ],
});

function trials(isSmall: boolean): readonly Trial[] {
  const n = isSmall ? 256 : 4096;
  const product = { work: matmulOf(n), check: matmulOf(256) };
  const chunks = (law: string) => {
    const { varlen, heads, check } = shapes({ small: isSmall })[0]!;
    return { work: forward(law, varlen, heads), check: forward(law, check.varlen, check.heads) };
  };
  return [
    ...plain.map(
      (tile): Trial => ({
        name: `matmul ${n}³ f32: ${show(tile)}`,
        dtype: "f32",
        tiles: { ...tiles, plain: [tile] },
        ...product,
      }),
    ),
    ...large.map(
      (tile): Trial => ({
        name: `matmul ${n}³ f16: ${show(tile)}`,
        dtype: "f16",
        tiles: { ...tiles, matrix: [tile] },
        ...product,
      }),
    ),
    ...["retention", "gla", "gatedDeltaRule"].flatMap((law) =>
      small.map(
        (tile): Trial => ({
          name: `${law} f16: ${show(tile)}`,
          dtype: "f16",
          tiles: beside(tile),
          ...chunks(law),
        }),
      ),
    ),
  ];
}

const tolerance = { f32: 1e-5, f16: 2e-3 };

/** Times products with every tile that might suit an adapter; what is wrong or does not run says so in place of a time. */
export async function tryTiles({ adapter = "", quick }: Options): Promise<string> {
  const said: string[] = [];
  for (const found of await findAdapters()) {
    if (!found.name.toLowerCase().includes(adapter.toLowerCase())) continue;
    const lines = [["", "GPU", "flops/s"]];
    for (const trial of trials(quick || found.software)) {
      const line = [trial.name, ...(await timeOf(found, trial, quick))];
      process.stderr.write(`${line.join("  ")}\n`);
      lines.push(line);
    }
    said.push(`${found.name}\n${columns(lines)}`);
  }
  return said.join("\n\n");
}

async function timeOf(
  found: Found,
  { dtype, tiles, work, check }: Trial,
  quick: boolean,
): Promise<[time: string, rate: string]> {
  const session = await found.open();
  const { features, matrices } = session.runtime.info;
  try {
    if (dtype === "f16" && !(matrices && features.has("shader-f16"))) return ["no matrices", ""];
    const checked = new Prepared(session, check, dtype, { tiles }, 1);
    const error = await checked.compare(createCpu());
    checked.dispose();
    if (!(error <= tolerance[dtype])) return [`wrong by ${error.toExponential(1)}`, ""];
    const prepared = new Prepared(session, work, dtype, { tiles }, 2);
    await prepared.first();
    const warm = await prepared.wall(patience({ quick }));
    const { gpu } = await prepared.gpu(patience({ quick }));
    const { medianMs } = gpu ?? warm;
    return [milliseconds(medianMs), scaled((1e3 * (work.flops ?? 0)) / medianMs, "flops/s")];
  } catch (error) {
    return [(error as Error).message.slice(0, 120), ""];
  } finally {
    session.dispose();
  }
}
