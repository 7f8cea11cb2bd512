import {
  type BackwardVerb,
  type CheckedLinearAttention,
  type Decay,
  type Erase,
  UnsupportedError,
} from "@webfla/ops";
import { affine, fill, reduce } from "../dense";
import { inF32 } from "../gradient/call";
import { norm as normBack } from "../gradient/norm";
import type { Device } from "../launch";
import type { GpuTensor } from "../runtime";
import { stateSlot } from "../slots";
import { writesOf } from "../slots/chunk-laws";
import { backThroughChunks, type Found } from "./backward-laws";
import { backThroughOja } from "./backward-oja";
import { chunked } from "./chunked";
import { backInParts } from "./in-parts";
import { type Cut, l2, normalise } from "./linear-attention";
import { chunksOf } from "./lists";
import { partsOf } from "./parts";
import { canChunk, isHalf, type LinearAttentionPlan, mostChunks } from "./plan";

type Back = BackwardVerb<GpuTensor, "linearAttention">;
type Args = CheckedLinearAttention<GpuTensor>;
type Call = Pick<Parameters<Back>[0], "args" | "grad">;

// rows of a matrix
const MATRIX = 16;

/** Throws UnsupportedError for the laws and sizes that no chunk can express (`canChunk`). */
export function expectGradient(args: Args, { chunkSize }: Pick<LinearAttentionPlan, "chunkSize">): void {
  if (!canChunk(args, chunkSize))
    throw new UnsupportedError(
      `linearAttention: laws and sizes must be those that chunks of ${chunkSize} writes can express for it to have a gradient on WebGPU, got ${describe(args)}. Compute it on the CPU.`,
    );
}

/**
 * The gradients of linearAttention, f32, for what `expectGradient` lets pass: every sequence goes chunk by chunk, and the batch part by
 * part where its chunks' states would take more than `stateBytes`.
 */
export function linearAttentionBack(
  device: Device,
  { args, grad, isWanted }: Parameters<Back>[0],
  { stateBytes, ...sizes }: Omit<LinearAttentionPlan, "plan">,
): ReturnType<Back> {
  const { erase, steps, varlen } = args;
  const half = isHalf(device, args);
  const chunkSize = half ? sizes.halfChunkSize : sizes.chunkSize;
  // short sequences have short chunks, whose products of reads and writes are few, but by matrices as in any batch
  const needed = half ? MATRIX * Math.ceil(varlen.maxLength / MATRIX) : varlen.maxLength;
  const longest = Math.min(needed, Math.floor(chunkSize / (steps * writesOf(erase))));
  const cut = { shortest: 0, longest };
  const parts = partsOf(varlen, { ...cut, most: mostChunks(args, longest, stateBytes, half) });
  // parts have rows of their own of what gates have a token each
  const constantGates = args.decay && isWanted && !isWanted(gatesOf(args.decay));
  const back = (call: Call) => atOnce(device, call, cut, chunkSize, constantGates);
  if (parts.length === 1) return back({ args, grad });
  return backInParts(device, { args, grad }, parts, (call) => stateAfter(device, call, cut, chunkSize), back);
}

/** The final states of a call, which the caller disposes. */
function stateAfter(device: Device, args: Args, { shortest, longest }: Cut, chunkSize: number): GpuTensor {
  const { N, HV, K, V } = args.sizes;
  const { slot, finalState } = stateSlot(device, args.initialState, true, [N, HV, K, V]);
  const call = normalise(device, args);
  const list = chunksOf(device, args.varlen, shortest, longest);
  chunked(device, call, list, chunkSize, slot, undefined);
  if (args.qkL2Norm) for (const x of [call.q, call.k]) x.dispose();
  return finalState!;
}

function atOnce(
  device: Device,
  { args, grad }: Call,
  { shortest, longest }: Cut,
  chunkSize: number,
  constantGates: boolean | undefined,
): ReturnType<Back> {
  const { erase, scale, varlen, sizes } = args;
  const { T, N, HV, K, V } = sizes;
  const made = new Set<GpuTensor>();
  const own = (x: GpuTensor): GpuTensor => {
    made.add(x);
    return x;
  };
  const call = normalise(device, args);
  if (args.qkL2Norm) for (const x of [call.q, call.k]) own(x);
  const output = grad.o
    ? inF32(device, grad.o, (x) => affine(device, { x, scale, shift: 0 }))
    : fill(device, 0, [T, HV, V], "f32");
  const upstream = {
    device,
    own,
    chunkSize,
    half: isHalf(device, args),
    constantGates,
    list: chunksOf(device, varlen, shortest, longest),
    output: own(output),
    final: grad.finalState ?? own(fill(device, 0, [N, HV, K, V], "f32")),
  };
  const found =
    erase?.kind === "oja"
      ? backThroughOja(upstream, { ...call, erase })
      : backThroughChunks(upstream, { ...call, erase });
  const gradients = argumentsOf(device, args, call, found);
  for (const x of made) x.dispose();
  return gradients;
}

/** Sums what was found by value head and token to the arguments' own shapes. */
function argumentsOf(device: Device, args: Args, prepared: Args, found: Found): ReturnType<Back> {
  const heads = (x: GpuTensor, like: GpuTensor): GpuTensor => sumGroups(device, x, like.shape[1]!);
  const unit = (x: GpuTensor, result: GpuTensor, grad: GpuTensor): GpuTensor => {
    if (!args.qkL2Norm) return grad;
    const dx = normBack(device, { args: { ...l2, x, groupSize: args.sizes.K }, result, grad }).x!;
    grad.dispose();
    return dx;
  };
  const { q, k, decay, erase, read } = args;
  return {
    q: unit(q, prepared.q, heads(found.q!, q)),
    k: unit(k, prepared.k, heads(found.k, k)),
    v: found.v,
    ...(decay && found.gates && { decay: decayOf(device, decay, found.gates) }),
    ...(erase && { erase: eraseOf(erase, found, heads) }),
    ...(read.kind === "bonus" && { read: { kind: "bonus", u: sumTokens(device, found.u!) } }),
    ...(found.initialState && { initialState: found.initialState }),
  };
}

const gatesOf = (decay: Decay<GpuTensor>): GpuTensor => (decay.kind === "head" ? decay.slopes : decay.g);

const decayOf = (device: Device, decay: Decay<GpuTensor>, gates: GpuTensor): Decay<GpuTensor> =>
  decay.kind === "head" ? { kind: "head", slopes: sumTokens(device, gates) } : { kind: decay.kind, g: gates };

function eraseOf(
  erase: Erase<GpuTensor>,
  { beta, reader, b }: Found,
  heads: (x: GpuTensor, like: GpuTensor) => GpuTensor,
): Erase<GpuTensor> {
  if (erase.kind === "oja") return { kind: "oja", beta: beta! };
  if (erase.kind === "lowRank") return { kind: "lowRank", a: heads(reader!, erase.a), b: heads(b!, erase.b) };
  return {
    kind: "delta",
    ...(beta && { beta }),
    ...(erase.eraseKey && { eraseKey: heads(reader!, erase.eraseKey) }),
  };
}

/** [rows, HV, D] summed over the value heads that share one of `heads`. Takes x over. */
function sumGroups(device: Device, x: GpuTensor, heads: number): GpuTensor {
  const [rows, HV, D] = x.shape as [number, number, number];
  if (heads === HV) return x;
  const grouped = device.reshape(x, [rows, heads, HV / heads, D]);
  const sum = reduce(device, { kind: "sum", x: grouped, axis: 2, shape: [rows, heads, D] });
  for (const used of [x, grouped]) used.dispose();
  return sum;
}

/** Summed over the first axis. Takes x over. */
function sumTokens(device: Device, x: GpuTensor): GpuTensor {
  const sum = reduce(device, { kind: "sum", x, axis: 0, shape: x.shape.slice(1) });
  x.dispose();
  return sum;
}

const describe = ({ decay, erase, steps, sizes }: Args): string =>
  `decay ${decay?.kind ?? "none"}, erase ${erase?.kind ?? "none"}, K ${sizes.K}, V ${sizes.V}, steps ${steps}`;
