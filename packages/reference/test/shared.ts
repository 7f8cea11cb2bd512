import type { Shape } from "@webfla/ops";
import { elements } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { expect } from "vitest";
import { type CpuTensor, createCpu } from "../src/index";

export const cpu = createCpu({ poison: true });

/** A repeatable source of numbers in [-1, 1). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    // the low bits of a linear congruence repeat soon
    return (state >> 8) / 2 ** 23;
  };
}

/** A tensor of numbers in [low, high). */
export function noise(rand: () => number, shape: Shape, low = -1, high = 1): CpuTensor {
  return cpu.tensor(
    Float32Array.from({ length: elements(shape) }, () => low + ((rand() + 1) / 2) * (high - low)),
    shape,
  );
}

/** The tensor without signs. */
export const magnitude = (x: CpuTensor): CpuTensor => cpu.unary({ kind: "abs", x });

/** The tensor's numbers, as an oracle takes them. */
export const f64 = (x: CpuTensor): Float64Array => Float64Array.from(x.data);

/**
 * sqrt(Σ(x − y)² / Σ size²), 0 where x is y. Sizes are y's own; where terms may cancel, what they come to without signs:
 * rounding is of the terms, so that no smaller scale holds for every draw.
 */
export function relativeError(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  sizes: ArrayLike<number> = y,
): number {
  if (x.length !== y.length || x.length !== sizes.length) return Number.NaN;
  let [error, size] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    error += (x[i]! - y[i]!) ** 2;
    size += sizes[i]! ** 2;
  }
  return error === 0 ? 0 : Math.sqrt(error / size);
}

interface Sequences {
  readonly varlen: Varlen;
  /** The rows that a per-token tensor has for these tokens. */
  readonly tokens: (x: CpuTensor) => CpuTensor;
  /** The states to start from. */
  readonly state: (given: CpuTensor) => CpuTensor;
}

interface Result {
  readonly o: CpuTensor;
  readonly finalState?: CpuTensor | undefined;
}

/** Bit for bit: a packed sequence is itself alone, and, where there is a state, itself in two parts. */
export function expectIndependent(lengths: readonly number[], run: (part: Sequences) => Result): void {
  const varlen = fromLengths(lengths);
  const packed = run({ varlen, tokens: (x) => x, state: (x) => x });
  const rows = (x: CpuTensor, start: number, end: number) => cpu.slice({ x, axis: 0, start, end });
  for (const [n, length] of lengths.entries()) {
    const first = varlen.cuSeqlens[n]!;
    const part = (from: number, to: number, state?: CpuTensor) =>
      run({
        varlen: fromLengths([to - from]),
        tokens: (x) => rows(x, first + from, first + to),
        state: (x) => state ?? rows(x, n, n + 1),
      });
    const wantO = rows(packed.o, first, first + length).data;
    const alone = part(0, length);
    expect(alone.o.data).toEqual(wantO);
    if (!packed.finalState) continue;
    const wantState = rows(packed.finalState, n, n + 1).data;
    expect(alone.finalState?.data).toEqual(wantState);
    const cut = Math.ceil(length / 3);
    const before = part(0, cut);
    const after = part(cut, length, before.finalState);
    expect(Float32Array.of(...before.o.data, ...after.o.data)).toEqual(wantO);
    expect(after.finalState?.data).toEqual(wantState);
  }
}
