import { fromLengths } from "@webfla/varlen";
import type { Case } from "./maker";

/** Batches with one-token and empty sequences, first and last too. */
export const batches = {
  ragged: fromLengths([0, 5, 1, 0, 70, 3, 1, 0]),
  ones: fromLengths([1, 1, 1]),
  one: fromLengths([37]),
  nothing: fromLengths([0, 0]),
};

const convolutions: readonly Case[] = Object.entries(batches).flatMap(([batch, varlen]) =>
  [1, 2, 4].map(
    (W): Case => ({
      name: `shortConv ${batch} width ${W}`,
      run: ({ ops, normal, state }) => {
        const [N, T, D] = [varlen.sequences, varlen.totalTokens, 5];
        const call = { x: normal([T, D]), weight: normal([D, W]), varlen };
        const initialState = state([N, D, W]);
        const fresh = ops.shortConv({ ...call, outputFinalState: true });
        const carried = ops.shortConv({
          ...call,
          bias: normal([D]),
          activation: "silu",
          initialState,
          outputFinalState: true,
        });
        return {
          fresh: fresh.o,
          freshState: fresh.finalState,
          carried: carried.o,
          carriedState: carried.finalState,
          alone: ops.shortConv({ ...call, initialState }).o,
        };
      },
    }),
  ),
);

const perBatch: readonly Case[] = Object.entries(batches).flatMap(([batch, varlen]): Case[] => {
  const [N, T] = [varlen.sequences, varlen.totalTokens];
  return [
    {
      name: `tokenShift ${batch}`,
      run: ({ ops, normal, state }) => {
        const x = normal([T, 7]);
        const fresh = ops.tokenShift({ x, varlen, outputFinalState: true });
        const carried = ops.tokenShift({ x, varlen, cache: state([N, 7]), outputFinalState: true });
        return {
          fresh: fresh.o,
          freshState: fresh.finalState,
          carried: carried.o,
          carriedState: carried.finalState,
        };
      },
    },
    {
      name: `rotary ${batch}`,
      run: ({ ops, normal, given }) => {
        const x = normal([T, 3, 10]);
        const table = (of: (angle: number) => number) =>
          given(
            Array.from({ length: 400 }, (_, i) => of(0.37 * i)),
            [100, 4],
          );
        const [cos, sin] = [table(Math.cos), table(Math.sin)];
        const offsets = Uint32Array.from({ length: N }, (_, n) => 3 * n);
        return {
          halves: ops.rotary({ x, cos, sin, varlen }),
          pairs: ops.rotary({ x, cos, sin, varlen, interleaved: true }),
          moved: ops.rotary({ x, cos, sin, varlen, offsets }),
        };
      },
    },
    ...(["sum", "logSumExp"] as const).map(
      (kind): Case => ({
        name: `cumulative ${kind} ${batch}`,
        run: ({ ops, normal }) => {
          const x = normal([T, 2, 3]);
          return {
            whole: ops.cumulative({ kind, x, varlen }),
            reverse: ops.cumulative({ kind, x, varlen, reverse: true }),
            chunks: ops.cumulative({ kind, x, varlen, chunkSize: 16 }),
            chunksReverse: ops.cumulative({ kind, x, varlen, chunkSize: 16, reverse: true }),
          };
        },
      }),
    ),
    {
      name: `scan ${batch}`,
      run: ({ ops, normal, gates, state }) => {
        const call = { x: normal([T, 70]), g: gates([T, 70]), varlen };
        const initialState = state([N, 70]);
        const fresh = ops.scan({ ...call, outputFinalState: true });
        const carried = ops.scan({ ...call, initialState, outputFinalState: true });
        return {
          fresh: fresh.o,
          freshState: fresh.finalState,
          carried: carried.o,
          carriedState: carried.finalState,
          alone: ops.scan({ ...call, initialState }).o,
          given: initialState,
        };
      },
    },
    {
      name: `selectiveScan ${batch}`,
      run: ({ ops, normal, uniform, state }) => {
        const [D, S] = [9, 5];
        const call = {
          x: normal([T, D]),
          dt: uniform([T, D], 0.001, 0.5),
          A: uniform([D, S], -8, -0.1),
          B: normal([T, S]),
          C: normal([T, S]),
          varlen,
        };
        const fresh = ops.selectiveScan({ ...call, outputFinalState: true });
        const carried = ops.selectiveScan({
          ...call,
          D: normal([D]),
          initialState: state([N, D, S]),
          outputFinalState: true,
        });
        return {
          fresh: fresh.o,
          freshState: fresh.finalState,
          carried: carried.o,
          carriedState: carried.finalState,
        };
      },
    },
    {
      name: `rwkv4 ${batch}`,
      run: ({ ops, normal, uniform }) => {
        const C = 9;
        const call = { w: normal([C]), u: normal([C]), k: normal([T, C], 3), v: normal([T, C]), varlen };
        const carried = ops.rwkv4({
          ...call,
          initialState: uniform([N, 3, C], 0.5, 2, "f32"),
          outputFinalState: true,
        });
        return { fresh: ops.rwkv4(call).o, carried: carried.o, carriedState: carried.finalState };
      },
    },
  ];
});

const attentions: readonly Case[] = Object.entries(batches).flatMap(([batch, varlen]) => {
  const longer = fromLengths([...varlen.lengths].map((length, n) => length + 11 * n));
  return [
    { HQ: 4, H: 4, K: 8, V: 8 },
    { HQ: 6, H: 2, K: 13, V: 7 },
    { HQ: 2, H: 1, K: 128, V: 96 },
  ].map(
    ({ HQ, H, K, V }): Case => ({
      name: `attention ${batch} heads ${HQ}/${H} K ${K} V ${V}`,
      run: ({ ops, normal, gates }) => {
        const [T, TK] = [varlen.totalTokens, longer.totalTokens];
        const q = normal([T, HQ, K], 2);
        const call = { q, k: normal([T, H, K]), v: normal([T, H, V]), varlen };
        const cached = { q, k: normal([TK, H, K]), v: normal([TK, H, V]), varlen, keyVarlen: longer };
        const sink = normal([HQ]);
        const plain = ops.attention(call);
        const all = ops.attention({ ...cached, window: 5, sink, g: gates([TK, HQ]) });
        // software drivers compile wide shaders for half a minute
        if (K > 64) return { plain, all };
        return {
          plain,
          scaled: ops.attention({ ...call, scale: 0.5 }),
          window: ops.attention({ ...call, window: 3 }),
          sink: ops.attention({ ...call, sink }),
          forget: ops.attention({ ...call, g: gates([T, HQ]) }),
          cached: ops.attention(cached),
          all,
        };
      },
    }),
  );
});

/** Verbs over ragged batches, but the matrix state. */
export const sequenceCases: readonly Case[] = [...convolutions, ...perBatch, ...attentions];
