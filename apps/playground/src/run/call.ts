import { type DType, type HostArray, type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createTape, type Variable } from "@webfla/ops/tape";
import type { Varlen } from "@webfla/varlen";
import { type Drawn, draw, isGraded, type Sizes, sizesOf } from "../variants/inputs";
import { type Variant, variantOf } from "../variants/table";
import type { RunRequest } from "./request";

/** A request with its numbers. */
export interface Case {
  readonly variant: Variant;
  readonly sizes: Sizes;
  readonly varlen: Varlen;
  readonly inputs: Readonly<Record<string, Drawn>>;
  readonly storage: "f32" | "f16";
  readonly seed: number;
}

export function caseOf({ variant: name, laws, lengths, seed, storage, ...heads }: RunRequest): Case {
  const variant = variantOf(name, laws);
  const { varlen, ...sizes } = sizesOf(lengths, heads);
  const inputs = Object.entries(variant.inputs).map(
    ([n, input]) => [n, draw(input, sizes, seed, n)] as const,
  );
  return { variant, sizes, varlen, inputs: Object.fromEntries(inputs), storage, seed };
}

type Read = Readonly<Record<string, { readonly data: HostArray; readonly shape: readonly number[] }>>;

const dtypeOf = ({ input }: Drawn, storage: DType): DType =>
  input.draw === "id" ? "i32" : input.shape[0] === "N" ? "f32" : storage;

function upload<T extends Tensor>(ops: Ops<T>, { inputs, storage }: Case): Record<string, T> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, drawn]) => {
      const dtype = dtypeOf(drawn, storage);
      return [
        name,
        ops.tensor(dtype === "i32" ? Int32Array.from(drawn.data) : drawn.data, drawn.shape, dtype),
      ];
    }),
  );
}

/** Reads results by name, and frees them. */
async function readAll<T extends Tensor>(ops: Ops<T>, results: Readonly<Record<string, T>>): Promise<Read> {
  const entries = Object.entries(results);
  try {
    // one after another: the first read submits what all of them wait for
    const read: [string, Read[string]][] = [];
    for (const [name, x] of entries) read.push([name, { data: await ops.read(x), shape: x.shape }]);
    return Object.fromEntries(read);
  } finally {
    for (const [, x] of entries) x.dispose();
  }
}

const free = (tensors: Readonly<Record<string, Tensor>>): void => {
  for (const x of Object.values(tensors)) x.dispose();
};

export interface Timed {
  readonly results: Read;
  readonly ms: number;
}

/** How a body is run: as it is, or traced. */
export type Runner = <R>(body: () => R) => Promise<Awaited<R>>;
export const plainly: Runner = (body) => Promise.resolve(body());

/** Runs forward, and reads the results. */
export async function forward<T extends Tensor>(ops: Ops<T>, c: Case, runner = plainly): Promise<Timed> {
  const inputs = upload(ops, c);
  try {
    const start = performance.now();
    const results = await runner(() => ops.scope(() => c.variant.run(ops, inputs, c.varlen)));
    const read = await readAll(ops, results);
    return { results: read, ms: performance.now() - start };
  } finally {
    free(inputs);
  }
}

/** The gradients of Σ ⟨result, seed⟩ by input, or why the device has none. */
export type Backward = { readonly gradients: Timed } | { readonly refused: string };

/** Runs forward and backward, and reads the gradients; the runner has the way back only. */
export async function backward<T extends Tensor>(
  ops: Ops<T>,
  c: Case,
  seeds: Readonly<Record<string, Drawn>>,
  runner = plainly,
): Promise<Backward> {
  const tape = createTape(ops);
  const inputs = upload(ops, c);
  const flows = Object.fromEntries(
    Object.entries(seeds).map(([name, { data, shape }]) => [name, ops.tensor(data, shape)]),
  );
  try {
    const start = performance.now();
    const leaves = Object.keys(inputs).filter((name) => isGraded(c.inputs[name]!.input));
    const variables = Object.fromEntries(
      Object.entries(inputs).map(([name, x]) => [
        name,
        leaves.includes(name) ? tape.watch(x) : tape.constant(x),
      ]),
    );
    const results = tape.ops.scope(() => c.variant.run(tape.ops, variables, c.varlen));
    const roots = Object.entries(flows).map(([name, seed]) => ({ of: results[name] as Variable<T>, seed }));
    const found = await runner(() =>
      tape.gradients(
        roots,
        leaves.map((name) => variables[name]!),
      ),
    );
    const read = await readAll(ops, Object.fromEntries(leaves.map((name, i) => [name, found[i]!])));
    free(results);
    return { gradients: { results: read, ms: performance.now() - start } };
  } catch (error) {
    if (error instanceof UnsupportedError) return { refused: error.message };
    throw error;
  } finally {
    tape.dispose();
    free(inputs);
    free(flows);
  }
}
