import {
  type Backend,
  binaryKinds,
  createOps,
  type Decay,
  type DType,
  type Erase,
  type Ops,
  type Read,
  UnsupportedError,
  unaryKinds,
  type Verb,
} from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { fill } from "./dense";
import { backwardOn } from "./gradient";
import type { Device } from "./launch";
import { completePlan, type LinearAttentionPlan, type Plan } from "./linear-attention";
import { listener } from "./listener";
import type { Tiles } from "./product";
import { GpuTensor, type Specialisation, type Tier, tiers } from "./runtime";
import type { Tuning } from "./tuning";
import table from "./tuning.json";
import { verbsOn } from "./verbs";

const BASELINE = { maxComputeWorkgroupStorageSize: 16_384, maxStorageBufferBindingSize: 2 ** 27 };
const LARGE = { ...BASELINE, maxComputeWorkgroupStorageSize: 32_768 };
const TUNED = { ...BASELINE, maxComputeWorkgroupStorageSize: 49_152 };
const varlen = fromLengths([70, 0, 1]);
const T = varlen.totalTokens;
const N = varlen.sequences;

/** Tensors of a call: x of its main inputs, w of its parameters, each in its storage type. */
interface Inputs {
  readonly ops: Ops<GpuTensor>;
  readonly x: (...shape: number[]) => GpuTensor;
  readonly w: (...shape: number[]) => GpuTensor;
  readonly f32: (...shape: number[]) => GpuTensor;
  readonly ids: (...shape: number[]) => GpuTensor;
}

// few rows, and tiles of every size: in vectors of four and in single numbers
const products: readonly (readonly [M: number, N: number, K: number])[] = [
  [1, 5, 3],
  [4, 8, 4],
  [9, 9, 3],
  [32, 32, 4],
  [70, 72, 16],
  [4096, 4096, 64],
];

function dense({ ops, x, w, f32, ids }: Inputs): void {
  for (const kind of unaryKinds) ops.unary({ kind, x: x(4) });
  for (const kind of binaryKinds) ops.binary({ kind, a: x(4), b: w(4) });
  ops.affine({ x: x(4) });
  for (const dtype of ["f32", "f16", "i32"] as const) {
    ops.full(1, [4], dtype);
    ops.cast({ x: x(4), dtype });
    ops.cast({ x: ids(4), dtype });
  }
  for (const [M, N, K] of products)
    for (const transposeA of [false, true])
      for (const transposeB of [false, true])
        for (const bias of [undefined, w(N)])
          ops.matmul({
            a: transposeA ? x(K, M) : x(M, K),
            b: transposeB ? w(N, K) : w(K, N),
            transposeA,
            transposeB,
            bias,
          });
  for (const rows of [x(4, 3), ids(4, 3)]) {
    ops.gather({ x: rows, index: ids(2) });
    ops.transpose({ x: rows });
    ops.slice({ x: rows, axis: 0, start: 1, end: 2 });
    ops.concat({ xs: [rows, rows], axis: 0 });
  }
  ops.scatterAdd({ rows: x(4, 3), index: ids(4), count: 2 });
  const moments = { m: f32(4), v: f32(4), gradScale: f32(1) };
  const adam = { lr: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, step: 1 };
  ops.adamw({ param: w(4), grad: x(4), ...moments, ...adam });
  for (const kind of ["sum", "sumSquares", "max"] as const) {
    for (const axis of [0, 1]) ops.reduce({ kind, x: x(4, 3), axis });
    ops.reduce({ kind, x: x(5000, 1), axis: 0 });
  }
  for (const kind of ["taylor", "square"] as const) ops.featureMap({ kind, x: x(T, 1, 3), scale: 1 });
  for (const width of [3, 64, 128, 256]) {
    ops.softmax({ x: x(2, width) });
    ops.argmax({ x: x(2, width) });
    ops.sample({ logits: x(1, width), temperature: [1], topK: [0], topP: [1], uniform: [0] });
    ops.crossEntropy({ logits: x(2, width), targets: ids(2) });
    norms({ x, w, ops }, width);
  }
}

function norms({ ops, x, w }: Pick<Inputs, "ops" | "x" | "w">, width: number): void {
  for (const kind of ["rms", "layer", "l2"] as const) {
    const call = { kind, x: x(2, width), eps: 1e-5 };
    for (const weight of [undefined, w(width)])
      for (const bias of [undefined, w(width)]) {
        ops.norm({ ...call, weight, bias });
        for (const activation of ["silu", "sigmoid"] as const)
          for (const gateFirst of [false, true])
            ops.norm({ ...call, weight, bias, gate: x(2, width), activation, gateFirst });
      }
  }
}

function sequences({ ops, x, w, f32 }: Inputs): void {
  for (const bias of [undefined, w(3)])
    for (const activation of [undefined, "silu"] as const)
      for (const initialState of [undefined, f32(N, 3, 4)])
        ops.shortConv({
          x: x(T, 3),
          weight: w(3, 4),
          bias,
          activation,
          initialState,
          outputFinalState: true,
          varlen,
        });
  for (const cache of [undefined, f32(N, 3)])
    ops.tokenShift({ x: x(T, 3), cache, outputFinalState: true, varlen });
  for (const interleaved of [false, true])
    ops.rotary({ x: x(T, 2, 4), cos: w(T, 2), sin: w(T, 2), interleaved, varlen });
  for (const kind of ["sum", "logSumExp"] as const)
    for (const reverse of [false, true]) ops.cumulative({ kind, x: x(T, 3), reverse, varlen });
  for (const batch of [varlen, fromLengths([9])])
    for (const g of [undefined, w(batch.totalTokens, 2)])
      for (const sink of [undefined, w(2)]) {
        const [q, k, v] = [
          x(batch.totalTokens, 2, 64),
          x(batch.totalTokens, 1, 64),
          x(batch.totalTokens, 1, 64),
        ];
        ops.attention({ q, k, v, g, sink, varlen: batch });
      }
}

function scans({ ops, x, w, f32 }: Inputs): void {
  for (const outputFinalState of [false, true])
    for (const given of [false, true]) {
      const state = (...shape: number[]) => (given ? f32(...shape) : undefined);
      const end = { outputFinalState, varlen };
      ops.scan({ ...end, x: x(T, 3), g: w(T, 3), initialState: state(N, 3) });
      ops.rwkv4({ ...end, w: w(3), u: w(3), k: x(T, 3), v: x(T, 3), initialState: state(N, 3, 3) });
      for (const D of [undefined, w(3)])
        ops.selectiveScan({
          ...end,
          x: x(T, 3),
          dt: x(T, 3),
          A: w(3, 16),
          B: x(T, 16),
          C: x(T, 16),
          D,
          initialState: state(N, 3, 16),
        });
    }
}

const [K, V] = [64, 128];

function laws({ x, w }: Inputs) {
  const decays: readonly (Decay<GpuTensor> | undefined)[] = [
    undefined,
    { kind: "head", slopes: w(2) },
    { kind: "scalar", g: w(T, 2) },
    { kind: "vector", g: w(T, 2, K) },
    { kind: "value", g: w(T, 2, V) },
  ];
  const [beta, key] = [w(T, 2), x(T, 1, K)];
  const erases: readonly (Erase<GpuTensor> | undefined)[] = [
    undefined,
    { kind: "delta" },
    { kind: "delta", beta },
    { kind: "delta", eraseKey: key },
    { kind: "delta", beta, eraseKey: key },
    { kind: "lowRank", a: key, b: key },
    { kind: "oja", beta },
  ];
  const reads: readonly Read<GpuTensor>[] = [{ kind: "after" }, { kind: "bonus", u: w(2, K) }];
  return decays.flatMap((decay) => erases.flatMap((erase) => reads.map((read) => ({ decay, erase, read }))));
}

function linearAttention(inputs: Inputs): void {
  const { ops, x, f32 } = inputs;
  for (const law of laws(inputs))
    for (const outputFinalState of [false, true])
      for (const initialState of [undefined, f32(N, 2, K, V)])
        for (const qkL2Norm of [false, true])
          ops.linearAttention({
            ...law,
            q: x(T, 1, K),
            k: x(T, 1, K),
            v: x(T, 2, V),
            initialState,
            outputFinalState,
            qkL2Norm,
            varlen,
          });
}

type Results = GpuTensor | Readonly<Record<string, GpuTensor | undefined>>;

/** Gradients that results may get: in f32 and in their own storage, of one result, the other, or both. */
function gradientsOf(result: Results, like: (x: GpuTensor, dtype: DType) => GpuTensor) {
  const storages = (x: GpuTensor) => [...new Set<DType>(["f32", x.dtype])];
  if (result instanceof GpuTensor) return storages(result).map((dtype) => like(result, dtype));
  const { o, finalState } = result;
  const ofState = finalState ? [undefined, like(finalState, "f32")] : [undefined];
  return [undefined, ...storages(o!).map((dtype) => like(o!, dtype))].flatMap((grad) =>
    ofState.filter((state) => grad ?? state).map((state) => ({ o: grad, finalState: state })),
  );
}

/** Verbs that are asked for their gradients too. */
function withBackward(device: Device, plan: LinearAttentionPlan): Pick<Backend<GpuTensor>, Verb> {
  const verbs = verbsOn(device, plan);
  const like = (x: GpuTensor, dtype: DType) => device.create(x.shape, dtype);
  const graded = Object.entries(backwardOn(device, plan)).map(([name, backward]) => {
    const forward = verbs[name as Verb] as (args: object) => Results;
    const run = (args: object) => {
      const result = forward(args);
      for (const grad of gradientsOf(result, like)) unlessRefused(backward, { args, result, grad });
      return result;
    };
    return [name, run];
  });
  return { ...verbs, ...Object.fromEntries(graded) };
}

function unlessRefused(
  backward: { readonly expect?: (args: never) => void },
  call: { readonly args: object; readonly result: object; readonly grad: object },
): void {
  try {
    backward.expect?.(call.args as never);
  } catch (error) {
    if (error instanceof UnsupportedError) return;
    throw error;
  }
  (backward as unknown as (call: object) => void)(call);
}

/** The families that a tier has kernels of its own for, in the storage types that reach them. */
function listen(heard: Map<string, Specialisation>, matrices: boolean, tiles?: Tiles): void {
  const features = new Set<Tier>(matrices ? tiers : ["shader-f16"]);
  const limits = { ...(tiles ? TUNED : LARGE), maxStorageBuffersPerShaderStage: 8 };
  const info = { features, isFallback: false, matrices, limits };
  const device: Device = { ...listener(heard, info), tiles };
  const of =
    (dtype: DType) =>
    (...shape: number[]) =>
      device.create(shape, dtype);
  const opsOf = (plan: Plan) => {
    const verbs = withBackward(device, completePlan({ plan }, matrices ? LARGE : BASELINE, matrices));
    const backend: Pick<Backend<GpuTensor>, "dtypes" | "fill"> = {
      dtypes: ["f32", "f16", "i32"],
      fill: (value, shape, dtype) => fill(device, value, shape, dtype),
    };
    return createOps<GpuTensor>({ ...backend, ...verbs } as Backend<GpuTensor>);
  };
  const [recurrent, chunked] = [opsOf("recurrent"), opsOf("chunked")];
  for (const main of matrices ? (["f16"] as const) : (["f32", "f16"] as const))
    for (const weights of ["f32", "f16"] as const) {
      const inputs = { ops: recurrent, x: of(main), w: of(weights), f32: of("f32"), ids: of("i32") };
      for (const family of [dense, sequences, scans, linearAttention]) family(inputs);
      linearAttention({ ...inputs, ops: chunked });
    }
}

/**
 * Every specialisation worth compiling: what the verbs ask of a device for all their kinds, options, laws and storage types, sizes of
 * the model apart; what they ask besides of a device with matrices; and of one with the tiles of a class that was tuned.
 */
export function kernelCatalogue(): Readonly<
  Record<"baseline" | "matrices" | "tuned", readonly Specialisation[]>
> {
  const heard = new Map<string, Specialisation>();
  listen(heard, false);
  const baseline = [...heard.values()];
  listen(heard, true);
  const matrices = [...heard.values()].slice(baseline.length);
  for (const { tiles } of Object.values<Tuning>(table)) if (tiles) listen(heard, true, tiles);
  return { baseline, matrices, tuned: [...heard.values()].slice(baseline.length + matrices.length) };
}
