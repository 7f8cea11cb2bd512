// The CPU backend against the f64 oracles at T = 2048, H = 4, K = V = 64, and the speed of its matrix products.
import { fromLengths } from "@webfla/varlen";
import { type CpuTensor, createCpu } from "./index";
import { gatedDeltaRule } from "./oracle/gated-delta-rule";
import { linearAttn } from "./oracle/linear-attn";

const ops = createCpu();
const noise = (...shape: number[]): CpuTensor =>
  ops.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.random() - 0.5),
    shape,
  );
const f64 = (x: CpuTensor): Float64Array => Float64Array.from(x.data);

/** Median milliseconds of a few runs. */
function time(body: () => void, runs = 9): number {
  body();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    ops.scope(body);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

const [T, H, K, V] = [2048, 4, 64, 64];
const varlen = fromLengths([T]);
const { cuSeqlens } = varlen;
const q = noise(T, H, K);
const k = ops.norm({ kind: "l2", x: noise(T, H, K), eps: 1e-6 });
const v = noise(T, H, V);
const g = ops.affine({ x: ops.unary({ kind: "abs", x: noise(T, H) }), scale: -0.1 });
const gates = ops.affine({ x: ops.unary({ kind: "abs", x: noise(T, H, K) }), scale: -0.1 });
const beta = ops.unary({ kind: "abs", x: noise(T, H) });
const a = ops.affine({ x: k, scale: -1 });
const b = ops.affine({ x: k, scale: 0.5 });
const wide = { q: f64(q), k: f64(k), v: f64(v), g: f64(g), beta: f64(beta), cuSeqlens, sizes: { H, K, V } };

const wideX = noise(T, 1024);
const filters = noise(1024, 4);

const row = (name: string, backend: number, oracle: number) => ({
  name,
  "backend ms": backend.toFixed(1),
  "oracle ms": oracle.toFixed(0),
  ratio: `${(oracle / backend).toFixed(1)}×`,
});
const gatedDelta = time(() =>
  ops.linearAttention({ q, k, v, decay: { kind: "scalar", g }, erase: { kind: "delta", beta }, varlen }),
);
console.table([
  row(
    "gated delta rule",
    gatedDelta,
    time(() => gatedDeltaRule(wide), 3),
  ),
  row(
    "linear attention",
    time(() => ops.linearAttention({ q, k, v, varlen })),
    time(() => linearAttn(wide), 3),
  ),
]);
console.table(
  Object.entries({
    "vector decay, delta (KDA)": () =>
      ops.linearAttention({
        q,
        k,
        v,
        decay: { kind: "vector", g: gates },
        erase: { kind: "delta", beta },
        varlen,
      }),
    "vector decay, low rank (RWKV-7)": () =>
      ops.linearAttention({
        q,
        k,
        v,
        decay: { kind: "vector", g: gates },
        erase: { kind: "lowRank", a, b },
        varlen,
      }),
    "softmax attention": () => ops.attention({ q, k, v, varlen }),
    "silu [2048, 1024]": () => ops.unary({ kind: "silu", x: wideX }),
    "add [2048, 1024]": () => ops.binary({ kind: "add", a: wideX, b: wideX }),
    "rms norm [2048, 1024]": () => ops.norm({ kind: "rms", x: wideX, eps: 1e-5 }),
    "short convolution [2048, 1024], W = 4": () =>
      ops.shortConv({ x: wideX, weight: filters, activation: "silu", varlen }),
  }).map(([name, body]) => ({ name, ms: time(body).toFixed(1) })),
);

console.table(
  [
    { M: 4096, K: 256, N: 1024, transposeA: false, transposeB: true },
    { M: 4096, K: 1024, N: 256, transposeA: false, transposeB: true },
    { M: 4096, K: 256, N: 1024, transposeA: false, transposeB: false },
    { M: 256, K: 4096, N: 1024, transposeA: true, transposeB: false },
    { M: 1, K: 1024, N: 4096, transposeA: false, transposeB: true },
    { M: 8, K: 1024, N: 4096, transposeA: false, transposeB: true },
  ].map(({ M, K, N, transposeA, transposeB }) => {
    const a = transposeA ? noise(K, M) : noise(M, K);
    const b = transposeB ? noise(N, K) : noise(K, N);
    const ms = time(() => ops.matmul({ a, b, transposeA, transposeB }));
    return {
      product: `[${a.shape}]${transposeA ? "ᵀ" : ""} · [${b.shape}]${transposeB ? "ᵀ" : ""}`,
      ms: ms.toFixed(2),
      "GFLOP/s": ((2 * M * K * N) / ms / 1e6).toFixed(1),
    };
  }),
);
