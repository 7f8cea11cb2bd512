import { createOps, type LinearAttentionResult, type Ops, type Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import { type CpuTensor, createCpu } from "@webfla/reference";
import { fromLengths } from "@webfla/varlen";
import { createWebGpuBackend, type GpuTensor } from "@webfla/wgsl";
import type { Found, Session } from "../adapters";
import type { OrtCall } from "../cases/case";
import { type Drawn, disposeAll, draw, gates, type Recipe, signed, strengths, unit } from "../cases/draw";
import type { Patience } from "../measure/call";
import type { Warm } from "../measure/measurement";
import { relativeError, warmOf } from "../measure/statistics";
import { modelOf, type Port } from "./onnx";

type Dtype = "f32" | "f16";

/** onnxruntime-web's LinearAttention on an adapter. */
export interface Ort {
  /** Wall time a call, on buffers of the device, nothing read back. Throws where its result is not right. */
  time(call: OrtCall, dtype: Dtype, patience: Patience): Promise<Warm>;
}

interface OrtTensor {
  readonly dims: readonly number[];
  readonly gpuBuffer: GPUBuffer;
  getData(): Promise<ArrayLike<number>>;
  dispose(): void;
}
interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}
interface OrtModule {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: { fromGpuBuffer(buffer: GPUBuffer, options: object): OrtTensor };
}

/**
 * Loads onnxruntime-web for an adapter. It looks for navigator.gpu, which Node lacks, and writes from memory that threads share, which
 * Dawn's binding refuses: both are given to it here.
 */
export async function openOrt(found: Found): Promise<Ort> {
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu: found.gpu, userAgent: "Node" },
    configurable: true,
  });
  acceptSharedMemory();
  const path = "onnxruntime-web/webgpu";
  const ort = (await import(path)) as OrtModule;
  ort.env.wasm.numThreads = 1;
  const device = await found.open();
  return { time: (call, dtype, patience) => time(ort, device, call, dtype, patience) };
}

function acceptSharedMemory(): void {
  const write = GPUQueue.prototype.writeBuffer as (this: GPUQueue, ...args: readonly unknown[]) => undefined;
  GPUQueue.prototype.writeBuffer = function (
    this: GPUQueue,
    buffer: GPUBuffer,
    at: number,
    data: unknown,
    ...rest: readonly unknown[]
  ) {
    const shared = ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer;
    const own = shared ? (data as Uint8Array).slice() : data;
    const copy = shared && own instanceof Uint8Array ? new Uint8Array(own) : own;
    return write.call(this, buffer, at, copy, ...rest);
  } as typeof GPUQueue.prototype.writeBuffer;
}

async function time(
  ort: OrtModule,
  device: Session,
  call: OrtCall,
  dtype: Dtype,
  { milliseconds, samples }: Patience,
): Promise<Warm> {
  await check(ort, device, { ...call, T: Math.min(call.T, 40), H: Math.min(call.H, 2) }, dtype);
  const { session, feeds, dispose } = await prepare(ort, device, call, dtype);
  const row = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) disposeOutputs(await session.run(feeds));
    await device.runtime.device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / count;
  };
  await row(1);
  const count = Math.max(1, Math.min(20, Math.floor(milliseconds / samples / (await row(1)))));
  const times: number[] = [];
  for (let i = 0; i < samples; i++) times.push(await row(count));
  await dispose();
  return warmOf(times);
}

const disposeOutputs = (outputs: Readonly<Record<string, OrtTensor>>): void => {
  for (const x of Object.values(outputs)) x.dispose();
};

const hasDecay = ({ rule }: OrtCall): boolean => rule === "gated" || rule === "gated_delta";
const hasBeta = ({ rule }: OrtCall): boolean => rule === "delta" || rule === "gated_delta";

const recipeOf = (call: OrtCall): Recipe => {
  const { vector, T, H, D } = call;
  return {
    q: unit([T, H, D]),
    k: unit([T, H, D]),
    v: signed([T, H, D]),
    ...(hasDecay(call) && { g: gates(vector ? [T, H, D] : [T, H]) }),
    ...(hasBeta(call) && { beta: strengths([T, H]) }),
  };
};

async function prepare(ort: OrtModule, { runtime }: Session, call: OrtCall, dtype: Dtype) {
  const { rule, vector, T, H, D } = call;
  const past: Port = { name: "past_state", shape: [1, H, D, D] };
  const inputs: readonly Port[] = [
    ...["query", "key", "value"].map((name) => ({ name, shape: [1, T, H * D] })),
    past,
    ...(hasDecay(call) ? [{ name: "decay", shape: [1, T, vector ? H * D : H] }] : []),
    ...(hasBeta(call) ? [{ name: "beta", shape: [1, T, H] }] : []),
  ];
  // an input that is left out before another has an empty name
  const listed: readonly (Port | "")[] =
    hasBeta(call) && !hasDecay(call) ? [...inputs.slice(0, 4), "", ...inputs.slice(4)] : inputs;
  const model = modelOf({
    domain: "com.microsoft",
    version: 1,
    type: "LinearAttention",
    attributes: { update_rule: rule, q_num_heads: { int: H }, kv_num_heads: { int: H }, scale: D ** -0.5 },
    inputs: listed,
    outputs: [
      { name: "output", shape: [1, T, H * D] },
      { name: "present_state", shape: [1, H, D, D] },
    ],
    dtype,
  });
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [{ name: "webgpu", device: runtime.device }],
    preferredOutputLocation: "gpu-buffer",
  });
  const ops = createOps(createWebGpuBackend(runtime));
  const drawn: Drawn<GpuTensor> = draw(ops, recipeOf(call), dtype);
  const state = ops.full(0, past.shape, dtype);
  await runtime.flush();
  const named = {
    query: drawn["q"],
    key: drawn["k"],
    value: drawn["v"],
    past_state: state,
    decay: drawn["g"],
    beta: drawn["beta"],
  };
  const dataType = { f32: "float32", f16: "float16" }[dtype];
  const feeds = Object.fromEntries(
    inputs.map(({ name, shape }) => [
      name,
      ort.Tensor.fromGpuBuffer(named[name as keyof typeof named]!.buffer, { dataType, dims: shape }),
    ]),
  );
  return {
    session,
    feeds,
    drawn,
    ops,
    async dispose() {
      disposeAll([...Object.values(drawn), state]);
      await session.release();
    },
  };
}

const cpu = createCpu();
const largestError = { f32: 1e-4, f16: 2e-2 };

/** Throws where its result is not that of the CPU backend on the same numbers. */
async function check(ort: OrtModule, device: Session, call: OrtCall, dtype: Dtype): Promise<void> {
  const { session, feeds, drawn, ops, dispose } = await prepare(ort, device, call, dtype);
  const outputs = await session.run(feeds);
  const { shape } = drawn["v"]!;
  const o = device.runtime.wrap(outputs["output"]!.gpuBuffer, shape, dtype);
  const got = await ops.read(o);
  disposeOutputs(outputs);
  const theirs: Record<string, CpuTensor> = {};
  for (const [name, x] of Object.entries(drawn)) theirs[name] = cpu.tensor(await ops.read(x), x.shape);
  await dispose();
  const error = relativeError(got, await cpu.read(ours(cpu, call, theirs).o));
  if (!(error <= largestError[dtype]))
    throw new Error(
      `onnxruntime-web: ${call.rule} must agree with the CPU backend, got a relative error of ${error.toExponential(1)}. Leave it out.`,
    );
}

function ours<T extends Tensor>(ops: Ops<T>, call: OrtCall, x: Drawn<T>): LinearAttentionResult<T> {
  const { q, k, v, g, beta } = x as Readonly<Record<"q" | "k" | "v" | "g" | "beta", T>>;
  const varlen = fromLengths([call.T]);
  switch (call.rule) {
    case "linear":
      return fla.linearAttn(ops, { q, k, v, varlen });
    case "gated":
      return (call.vector ? fla.gla : fla.simpleGla)(ops, { q, k, v, g, varlen });
    case "delta":
      return fla.deltaRule(ops, { q, k, v, beta, varlen });
    case "gated_delta":
      return (call.vector ? fla.kda : fla.gatedDeltaRule)(ops, { q, k, v, g, beta, varlen });
    default:
      return call.rule satisfies never;
  }
}
