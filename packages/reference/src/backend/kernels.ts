import { UnsupportedError } from "@webfla/ops";
import { mapWasm, matmulWasm, recurrenceWasm } from "./wasm.generated";

/** Bytes into a module's memory. */
export type Address = number;

/** Scratch inside a module's memory: where its kernels find it, and how JS does. */
export interface Region {
  readonly at: Address;
  readonly data: Float32Array;
}

/** A WebAssembly module with its own memory, all of it scratch. */
export class Kernel<E> {
  readonly run: E;
  readonly #memory: WebAssembly.Memory;

  constructor(base64: string) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    if (typeof WebAssembly !== "object" || !WebAssembly.validate(bytes))
      throw new UnsupportedError(
        "createCpu: the JavaScript engine must have WebAssembly SIMD, got one without. Use one from 2023 or later.",
      );
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    this.run = exports as E;
    this.#memory = exports["memory"] as WebAssembly.Memory;
  }

  /** Lays regions of so many floats out from the start of memory, over whatever was there; they hold anything. */
  lay<N extends string>(sizes: Readonly<Record<N, number>>): Readonly<Record<N, Region>> {
    const names = Object.keys(sizes) as N[];
    const bytes = names.map((name) => roundUp(sizes[name] * 4, 64));
    const missing = bytes.reduce((sum, b) => sum + b, 0) - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65536));
    let at = 0;
    return Object.fromEntries(
      names.map((name, i) => {
        const region: Region = { at, data: new Float32Array(this.#memory.buffer, at, sizes[name]) };
        at += bytes[i]!;
        return [name, region];
      }),
    ) as Record<N, Region>;
  }
}

export const roundUp = (x: number, to: number): number => Math.ceil(x / to) * to;

/** o [m, n] = a [m, k] · b [n, k]ᵀ over rows that lie so many bytes apart; n and k are multiples of 4. */
type Matmul = (
  ...args: [
    a: Address,
    aRow: number,
    b: Address,
    bRow: number,
    o: Address,
    oRow: number,
    m: number,
    n: number,
    k: number,
  ]
) => void;

/** Columns of the state that the recurrence carries through a run of writes. */
export const block = 8;

type Recurrence = (
  ...args: [
    state: Address,
    rowTerms: Address,
    second: Address,
    x: Address,
    decay: Address,
    read: Address,
    beta: Address,
    out: Address,
    rows: number,
    passes: number,
  ]
) => void;

type EraseKind = "none" | "delta" | "lowRank" | "oja";

/** A kernel for each law of erasing, with one decay a row of the state or, named so, one a column. */
export type RecurrenceName = EraseKind | `${EraseKind}Column`;

/** exp(x − max) of count numbers in place; returns their sum. */
type Weigh = (x: Address, count: number, max: number) => number;

export type MapName = "exp" | "sigmoid" | "silu";

export interface Kernels {
  readonly map: Kernel<Readonly<Record<MapName, (x: Address, count: number) => void>>>;
  readonly matmul: Kernel<{ readonly matmul: Matmul; readonly weigh: Weigh }>;
  readonly recurrence: Kernel<Readonly<Record<RecurrenceName, Recurrence>>>;
}

/** Compiles the kernels, at once. Throws UnsupportedError where there is no WebAssembly SIMD. */
export const createKernels = (): Kernels => ({
  map: new Kernel(mapWasm),
  matmul: new Kernel(matmulWasm),
  recurrence: new Kernel(recurrenceWasm),
});
