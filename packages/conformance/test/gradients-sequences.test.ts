// Gradients keep to their sequence: packed is each alone, and a sequence in two parts is itself whole.
import type { Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import { createTape, type Variable } from "@webfla/ops/tape";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { expect, it } from "vitest";
import { relativeError } from "./verbs/compare";
import { maker } from "./verbs/maker";

const cpu = createCpu({ poison: true });

type Inputs<X> = Readonly<Record<string, X>>;
type Result<X> = { readonly o: X; readonly finalState?: X | undefined };

interface Row {
  /** Per token, with the log-space gates among them; then per sequence; then shared by all. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  readonly state?: readonly number[];
  readonly shared?: Readonly<Record<string, readonly number[]>>;
  readonly run: <X extends Tensor>(
    ops: Parameters<typeof fla.kda<X>>[0],
    x: Inputs<X>,
    varlen: Varlen,
  ) => Result<X>;
}

const [H, K, V] = [2, 4, 3];
const qkv = { q: [H, K], k: [H, K], v: [H, V] };
const carry = { outputFinalState: true };

const rows: Readonly<Record<string, Row>> = {
  kda: {
    tokens: { ...qkv, g: [H, K], beta: [H] },
    state: [H, K, V],
    run: (ops, { q, k, v, g, beta, initialState }, varlen) =>
      fla.kda(ops, {
        q: q!,
        k: k!,
        v: v!,
        g: g!,
        beta: beta!,
        initialState,
        useQkL2normInKernel: true,
        ...carry,
        varlen,
      }),
  },
  rwkv6: {
    tokens: { r: [H, K], k: [H, K], v: [H, V], w: [H, K] },
    state: [H, K, V],
    shared: { u: [H, K] },
    run: (ops, { r, k, v, w, u, initialState }, varlen) =>
      fla.rwkv6(ops, { r: r!, k: k!, v: v!, w: w!, u: u!, initialState, ...carry, varlen }),
  },
  hgrn: {
    tokens: { x: [K], g: [K] },
    state: [K],
    run: (ops, { x, g, initialState }, varlen) => ops.scan({ x: x!, g: g!, initialState, ...carry, varlen }),
  },
  mamba1: {
    tokens: { x: [K], dt: [K], B: [V], C: [V] },
    state: [K, V],
    shared: { A: [K, V], D: [K] },
    run: (ops, { x, dt, A, B, C, D, initialState }, varlen) =>
      ops.selectiveScan({ x: x!, dt: dt!, A: A!, B: B!, C: C!, D: D!, initialState, ...carry, varlen }),
  },
  rwkv4: {
    tokens: { k: [K], v: [K] },
    state: [3, K],
    shared: { w: [K], u: [K] },
    run: (ops, { w, u, k, v, initialState }, varlen) =>
      ops.rwkv4({ w: w!, u: u!, k: k!, v: v!, initialState, ...carry, varlen }),
  },
  shortConv: {
    tokens: { x: [K] },
    state: [K, 4],
    shared: { weight: [K, 4], bias: [K] },
    run: (ops, { x, weight, bias, initialState }, varlen) =>
      ops.shortConv({
        x: x!,
        weight: weight!,
        bias: bias!,
        activation: "silu",
        initialState,
        ...carry,
        varlen,
      }),
  },
  tokenShift: {
    tokens: { x: [K] },
    state: [K],
    run: (ops, { x, initialState }, varlen) =>
      ops.tokenShift({ x: x!, cache: initialState, ...carry, varlen }),
  },
  forgettingAttention: {
    tokens: { ...qkv, g: [H] },
    shared: { sink: [H] },
    run: (ops, { q, k, v, g, sink }, varlen) => ({
      o: ops.attention({ q: q!, k: k!, v: v!, g: g!, sink: sink!, window: 9, varlen }),
    }),
  },
};

const lengths = [5, 0, 1, 30, 3];
const whole = fromLengths(lengths);

/** Inputs, and what flows into the results, of a batch. */
function draw(name: string, { tokens, state, shared = {}, run }: Row) {
  const m = maker(cpu, name, "f32");
  const gates = ["g", "w", "A"];
  const make = (key: string, shape: readonly number[]) =>
    gates.includes(key) ? m.gates(shape) : m.uniform(shape, 0.1, 1);
  const inputs: Record<string, CpuTensor> = {};
  for (const [key, width] of Object.entries(tokens)) inputs[key] = make(key, [whole.totalTokens, ...width]);
  for (const [key, shape] of Object.entries(shared)) inputs[key] = make(key, shape);
  if (state) inputs["initialState"] = m.uniform([whole.sequences, ...state], 0.5, 1);
  const { o, finalState } = run(cpu, inputs, whole);
  return { inputs, seeds: { o: m.normal(o.shape), finalState: finalState && m.normal(finalState.shape) } };
}

const rowsOf = (x: CpuTensor, start: number, end: number) => cpu.slice({ x, axis: 0, start, end });

/** Gradients of sequence n's tokens, cut into parts whose states are carried on the tape; of the whole batch without n. */
function gradients(
  row: Row,
  { inputs, seeds }: ReturnType<typeof draw>,
  n?: number,
  cuts: readonly number[] = [],
) {
  const tape = createTape<CpuTensor>(cpu);
  const [start, end] =
    n === undefined ? [0, whole.totalTokens] : [whole.cuSeqlens[n]!, whole.cuSeqlens[n + 1]!];
  const cut = (key: string, x: CpuTensor) => {
    if (key in row.tokens) return rowsOf(x, start, end);
    return key === "initialState" && n !== undefined ? rowsOf(x, n, n + 1) : x;
  };
  const leaves = Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, tape.watch(cut(key, x))]));
  const roots: { of: Variable<CpuTensor>; seed: CpuTensor }[] = [];
  let state = leaves["initialState"];
  const edges = [start, ...cuts.map((c) => start + c), end];
  for (const [i, from] of edges.slice(0, -1).entries()) {
    const to = edges[i + 1]!;
    const part = Object.entries(leaves).map(([key, x]) => [
      key,
      key in row.tokens ? tape.ops.slice({ x, axis: 0, start: from - start, end: to - start }) : x,
    ]);
    const varlen = n === undefined ? whole : fromLengths([to - from]);
    const { o, finalState } = row.run(
      tape.ops,
      { ...Object.fromEntries(part), ...(state && { initialState: state }) },
      varlen,
    );
    roots.push({ of: o, seed: rowsOf(seeds.o, from, to) });
    state = finalState;
  }
  if (state && seeds.finalState)
    roots.push({ of: state, seed: n === undefined ? seeds.finalState : rowsOf(seeds.finalState, n, n + 1) });
  const found = tape.gradients(roots, Object.values(leaves));
  return new Map(Object.keys(leaves).map((key, i) => [key, found[i]!]));
}

it.each(Object.entries(rows))("%s: packed is each alone, and what is shared is their sum", (name, row) => {
  const batch = draw(name, row);
  const packed = gradients(row, batch);
  const alone = lengths.map((_, n) => gradients(row, batch, n));
  for (const [key, x] of packed) {
    const parts = alone.map((grads) => grads.get(key)!.data);
    if (row.shared && key in row.shared) {
      const sum = Float32Array.from(x.data, (_, i) => parts.reduce((total, part) => total + part[i]!, 0));
      expect(relativeError(sum, x.data), key).toBeLessThan(1e-6);
    } else expect(Float32Array.from(parts.flatMap((part) => [...part])), key).toEqual(x.data);
  }
});

it.each(Object.entries(rows).filter(([, { state }]) => state))(
  "%s: a sequence in three parts has the gradients of the whole, through its state",
  (name, row) => {
    const batch = draw(name, row);
    const parts = gradients(row, batch, 3, [2, 13]);
    for (const [key, x] of gradients(row, batch, 3))
      expect(relativeError(parts.get(key)!.data, x.data), key).toBeLessThan(1e-6);
  },
);
