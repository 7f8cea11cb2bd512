import type { LinearAttentionResult, Ops, Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import { createTape, type Variable } from "@webfla/ops/tape";
import type { Varlen } from "@webfla/varlen";
import type { OrtRule, Work } from "./case";
import { type Drawn, gates, type Recipe, signed, strengths, unit } from "./draw";

export interface Heads {
  readonly H: number;
  readonly K: number;
  readonly V: number;
}

interface Call {
  readonly varlen: Varlen;
  readonly outputFinalState?: boolean;
}

interface Law {
  readonly inputs: (T: number, heads: Heads) => Recipe;
  readonly run: <T extends Tensor>(ops: Ops<T>, x: Drawn<T>, call: Call) => LinearAttentionResult<T>;
  /** Products with the state that a token makes: read, write, and what an erase reads and writes. */
  readonly products: number;
  /** Its rule in onnxruntime-web, and whether its gates are of channels. */
  readonly ort?: OrtRule;
  readonly vector?: boolean;
}

const qkv = (T: number, { H, K, V }: Heads): Recipe => ({
  q: unit([T, H, K]),
  k: unit([T, H, K]),
  v: signed([T, H, V]),
});
const scalar = (T: number, { H }: Heads): Recipe => ({ g: gates([T, H]) });
const vector = (T: number, { H, K }: Heads): Recipe => ({ g: gates([T, H, K]) });
const beta = (T: number, { H }: Heads): Recipe => ({ beta: strengths([T, H]) });
const lowRank = (T: number, { H, K }: Heads): Recipe => ({
  a: unit([T, H, K], -1),
  b: unit([T, H, K], 0.5),
});

const inputs =
  (...parts: readonly ((T: number, heads: Heads) => Recipe)[]) =>
  (T: number, heads: Heads): Recipe =>
    Object.assign({}, ...parts.map((part) => part(T, heads)));

// a recipe's names are those that its law reads
type Named<T> = Readonly<Record<"q" | "k" | "v" | "g" | "beta" | "a" | "b", T>>;
const named = <T>(x: Drawn<T>): Named<T> => x as Named<T>;
const stateOf = <T>(x: Drawn<T>): { readonly initialState?: T } =>
  x["initialState"] ? { initialState: x["initialState"] } : {};

/** The laws of the matrix state that are held against FLA. */
export const laws: Readonly<Record<string, Law>> = {
  retention: {
    inputs: inputs(qkv),
    run: (ops, x, call) => {
      const { q, k, v } = named(x);
      return fla.retention(ops, { q, k, v, ...stateOf(x), ...call });
    },
    products: 2,
    ort: "gated",
  },
  simpleGla: {
    inputs: inputs(qkv, scalar),
    run: (ops, x, call) => {
      const { q, k, v, g } = named(x);
      return fla.simpleGla(ops, { q, k, v, g, ...stateOf(x), ...call });
    },
    products: 2,
    ort: "gated",
  },
  gla: {
    inputs: inputs(qkv, vector),
    run: (ops, x, call) => {
      const { q, k, v, g } = named(x);
      return fla.gla(ops, { q, k, v, g, ...stateOf(x), ...call });
    },
    products: 2,
    ort: "gated",
    vector: true,
  },
  deltaRule: {
    inputs: inputs(qkv, beta),
    run: (ops, x, call) => {
      const { q, k, v, beta } = named(x);
      return fla.deltaRule(ops, { q, k, v, beta, ...stateOf(x), ...call });
    },
    products: 3,
    ort: "delta",
  },
  gatedDeltaRule: {
    inputs: inputs(qkv, scalar, beta),
    run: (ops, x, call) => {
      const { q, k, v, g, beta } = named(x);
      return fla.gatedDeltaRule(ops, { q, k, v, g, beta, ...stateOf(x), ...call });
    },
    products: 3,
    ort: "gated_delta",
  },
  kda: {
    inputs: inputs(qkv, vector, beta),
    run: (ops, x, call) => {
      const { q, k, v, g, beta } = named(x);
      return fla.kda(ops, { q, k, v, g, beta, ...stateOf(x), ...call });
    },
    products: 3,
    ort: "gated_delta",
    vector: true,
  },
  rwkv7: {
    inputs: inputs(qkv, vector, lowRank),
    run: (ops, x, call) => {
      const { q: r, k, v, g: w, a, b } = named(x);
      return fla.rwkv7(ops, { r, k, v, w, a, b, ...stateOf(x), ...call });
    },
    products: 4,
  },
};

const flopsOf = ({ products }: Law, T: number, { H, K, V }: Heads): number => products * 2 * T * H * K * V;

/** What the chunk kernels share with the equation: a state's increments, and reads of it. */
function stageFlops(T: number, { H, K, V }: Heads): Readonly<Record<string, number>> {
  const product = 2 * T * H * K * V;
  return {
    "diagonal/increment": product,
    "diagonal/output": product,
    "diagonal/output.matrix": product,
    "delta/state": 2 * product,
    "delta/state.matrix": 2 * product,
  };
}

export function forward(law: string, varlen: Varlen, heads: Heads): Work {
  const rule = laws[law]!;
  const T = varlen.totalTokens;
  return {
    inputs: rule.inputs(T, heads),
    run: (ops, x) => [rule.run(ops, x, { varlen }).o],
    flops: flopsOf(rule, T, heads),
    stageFlops: stageFlops(T, heads),
  };
}

/** Forward through a tape, then back to every input. */
export function forwardBackward(law: string, varlen: Varlen, heads: Heads): Work {
  const rule = laws[law]!;
  const T = varlen.totalTokens;
  return {
    inputs: { ...rule.inputs(T, heads), seed: signed([T, heads.H, heads.V]) },
    run: (ops, { seed, ...x }) =>
      gradients(ops, x, seed!, (tape, leaves) => rule.run(tape, leaves, { varlen }).o),
    // a product has two gradients, each a product
    flops: 3 * flopsOf(rule, T, heads),
  };
}

/** Gradients of ⟨body, seed⟩ with respect to every input. */
export function gradients<T extends Tensor>(
  ops: Ops<T>,
  inputs: Drawn<T>,
  seed: T,
  body: (ops: Ops<Variable<T>>, x: Drawn<Variable<T>>) => Variable<T>,
): readonly T[] {
  const tape = createTape(ops);
  const leaves = Object.entries(inputs).map(([name, x]) => [name, tape.watch(x)] as const);
  const of = body(tape.ops, Object.fromEntries(leaves));
  const grads = tape.gradients(
    [{ of, seed }],
    leaves.map(([, x]) => x),
  );
  of.dispose();
  tape.dispose();
  return grads;
}

/** One token more for each sequence. */
export function decode(law: string, varlen: Varlen, heads: Heads): Work {
  const rule = laws[law]!;
  const N = varlen.sequences;
  const { H, K, V } = heads;
  return {
    inputs: { ...rule.inputs(N, heads), initialState: signed([N, H, K, V], "f32") },
    run: (ops, x) => {
      const { o, finalState } = rule.run(ops, x, { varlen, outputFinalState: true });
      return [o, finalState!];
    },
    flops: flopsOf(rule, N, heads),
  };
}
