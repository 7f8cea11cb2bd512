import type { Decay, Erase, Read, Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import type { Case, Maker } from "./maker";

interface Sizes {
  readonly H: number;
  readonly HV: number;
  readonly K: number;
  readonly V: number;
  readonly steps: number;
  readonly varlen: Varlen;
}

type MakeDecay = <T extends Tensor>(m: Maker<T>, sizes: Sizes) => Decay<T> | undefined;
type MakeErase = <T extends Tensor>(m: Maker<T>, sizes: Sizes) => Erase<T> | undefined;
type MakeRead = <T extends Tensor>(m: Maker<T>, sizes: Sizes) => Read<T>;

const rowsOf = ({ varlen, steps }: Sizes): number => varlen.totalTokens * steps;
// b opposes a, as removal does: the state stays bounded
const removal = <T extends Tensor>({ ops, normal }: Maker<T>, s: Sizes, headsOfB: number) => {
  const a = ops.norm({ kind: "l2", x: normal([rowsOf(s), s.H, s.K]), eps: 1e-6 });
  const b = ops.norm({ kind: "l2", x: normal([rowsOf(s), headsOfB, s.K]), eps: 1e-6 });
  return { a, b: ops.affine({ x: b, scale: -0.5 }) };
};

const decays: Readonly<Record<string, MakeDecay>> = {
  none: () => undefined,
  head: ({ uniform }, { HV }) => ({ kind: "head", slopes: uniform([HV], -0.5, 0) }),
  scalar: ({ gates }, { HV, varlen }) => ({ kind: "scalar", g: gates([varlen.totalTokens, HV]) }),
  vector: ({ gates }, { HV, K, varlen }) => ({ kind: "vector", g: gates([varlen.totalTokens, HV, K]) }),
  value: ({ gates }, { HV, V, varlen }) => ({ kind: "value", g: gates([varlen.totalTokens, HV, V]) }),
};

const erases: Readonly<Record<string, MakeErase>> = {
  none: () => undefined,
  delta: () => ({ kind: "delta" }),
  "delta beta": ({ uniform }, s) => ({ kind: "delta", beta: uniform([rowsOf(s), s.HV], 0, 1) }),
  "delta key": ({ ops, normal }, s) => ({
    kind: "delta",
    eraseKey: ops.norm({ kind: "l2", x: normal([rowsOf(s), s.HV, s.K]), eps: 1e-6 }),
  }),
  "delta beta key": ({ ops, normal, uniform }, s) => ({
    kind: "delta",
    beta: uniform([rowsOf(s), s.HV], 0, 1),
    eraseKey: ops.norm({ kind: "l2", x: normal([rowsOf(s), s.H, s.K]), eps: 1e-6 }),
  }),
  lowRank: (m, s) => ({ kind: "lowRank", ...removal(m, s, s.H) }),
  "lowRank of value heads": (m, s) => ({ kind: "lowRank", ...removal(m, s, s.HV) }),
  oja: ({ uniform }, s) => ({ kind: "oja", beta: uniform([rowsOf(s), s.HV], 0, 0.2) }),
};

const reads: Readonly<Record<string, MakeRead>> = {
  after: () => ({ kind: "after" }),
  bonus: ({ normal }, { HV, K }) => ({ kind: "bonus", u: normal([HV, K]) }),
};

// one state size for all laws: a pipeline then serves both rows
const shapes: readonly Sizes[] = [
  { H: 2, HV: 2, K: 5, V: 3, steps: 1, varlen: fromLengths([0, 9, 1, 0, 4]) },
  { H: 2, HV: 4, K: 5, V: 3, steps: 2, varlen: fromLengths([3, 0, 1, 8]) },
];

function inputs<T extends Tensor>(
  m: Maker<T>,
  sizes: Sizes,
  decay: MakeDecay,
  erase: MakeErase,
  read: MakeRead,
) {
  const { H, HV, K, V, varlen, steps } = sizes;
  const rows = rowsOf(sizes);
  return {
    q: m.normal([varlen.totalTokens, H, K]),
    k: m.ops.norm({ kind: "l2", x: m.normal([rows, H, K]), eps: 1e-6 }),
    v: m.ops.affine({ x: m.normal([rows, HV, V]), scale: 0.7 }),
    decay: decay(m, sizes),
    erase: erase(m, sizes),
    read: read(m, sizes),
    steps,
    varlen,
  };
}

const everyLaw: readonly Case[] = shapes.flatMap((sizes) =>
  Object.entries(decays).flatMap(([decayName, decay]) =>
    Object.entries(erases).flatMap(([eraseName, erase]) =>
      Object.entries(reads).map(
        ([readName, read]): Case => ({
          name: `linearAttention decay ${decayName}, erase ${eraseName}, read ${readName}, HV/H ${sizes.HV / sizes.H}, steps ${sizes.steps}`,
          run: (m) => {
            const { HV, K, V, varlen } = sizes;
            const initialState = m.state([varlen.sequences, HV, K, V]);
            const call = inputs(m, sizes, decay, erase, read);
            const { o, finalState } = m.ops.linearAttention({
              ...call,
              initialState,
              outputFinalState: true,
            });
            return { o, finalState, untouched: initialState };
          },
        }),
      ),
    ),
  ),
);

const options: readonly Case[] = shapes.flatMap((sizes) =>
  (["none", "delta beta", "lowRank"] as const).map(
    (eraseName): Case => ({
      name: `linearAttention options with erase ${eraseName}, steps ${sizes.steps}`,
      run: (m) => {
        const { HV, K, V, varlen } = sizes;
        const call = inputs(m, sizes, decays["scalar"]!, erases[eraseName]!, reads["after"]!);
        const initialState = m.state([varlen.sequences, HV, K, V]);
        const fresh = m.ops.linearAttention({ ...call, outputFinalState: true });
        const unit = m.ops.linearAttention({ ...call, initialState, qkL2Norm: true, outputFinalState: true });
        return {
          alone: m.ops.linearAttention(call).o,
          given: m.ops.linearAttention({ ...call, initialState, scale: 1.5 }).o,
          fresh: fresh.o,
          freshState: fresh.finalState,
          unit: unit.o,
          unitState: unit.finalState,
        };
      },
    }),
  ),
);

const widths: readonly Case[] = [
  { K: 64, V: 64 },
  { K: 128, V: 200 },
  { K: 1, V: 1 },
  { K: 153, V: 70 },
].flatMap(({ K, V }) =>
  (["delta beta", "oja"] as const).map(
    (eraseName): Case => ({
      name: `linearAttention of ${K} × ${V}, erase ${eraseName}`,
      run: (m) => {
        const sizes: Sizes = { H: 1, HV: 2, K, V, steps: 1, varlen: fromLengths([5, 12]) };
        const call = inputs(m, sizes, decays["vector"]!, erases[eraseName]!, reads["after"]!);
        // Oja's state is stable for values of length at most 1
        const v = m.ops.norm({ kind: "l2", x: call.v, eps: 1e-6 });
        const { o, finalState } = m.ops.linearAttention({ ...call, v, outputFinalState: true });
        return { o, finalState };
      },
    }),
  ),
);

const nothing: Case = {
  name: "linearAttention of empty sequences",
  run: (m) => {
    const varlen = fromLengths([0, 0, 0]);
    const initialState = m.state([3, 2, 4, 3]);
    const call = { q: m.normal([0, 2, 4]), k: m.normal([0, 2, 4]), v: m.normal([0, 2, 3]), varlen };
    return {
      given: m.ops.linearAttention({ ...call, initialState, outputFinalState: true }).finalState,
      zero: m.ops.linearAttention({ ...call, outputFinalState: true }).finalState,
    };
  },
};

const many: Case = {
  name: "linearAttention of 2,100 one-token documents × 32 heads: more workgroups than an axis holds",
  run: (m) => {
    const sizes: Sizes = { H: 32, HV: 32, K: 2, V: 3, steps: 1, varlen: fromLengths(Array(2100).fill(1)) };
    const call = inputs(m, sizes, decays["scalar"]!, erases["none"]!, reads["after"]!);
    const { o, finalState } = m.ops.linearAttention({ ...call, outputFinalState: true });
    return { o, finalState };
  },
};

/** Every law with every other, on key heads of their own and shared, with one write a token and several. */
export const linearAttentionCases: readonly Case[] = [...everyLaw, ...options, ...widths, nothing, many];
