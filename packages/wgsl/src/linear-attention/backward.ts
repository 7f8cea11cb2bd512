import { type BackwardVerb, type CheckedLinearAttention, type Decay, UnsupportedError } from "@webfla/ops";
import { affine, cast, fill, reduce } from "../dense";
import { norm as normBack } from "../gradient/norm";
import type { Device } from "../launch";
import type { GpuTensor } from "../runtime";
import { stateSlot } from "../slots";
import { type ChunkErase, writesOf } from "../slots/chunk-laws";
import { backThroughLaws, type Found } from "./backward-laws";
import { chunkedWrites, type Prepared } from "./chunked";
import { type LinearAttentionPlan, l2, normalise } from "./linear-attention";
import { chunksOf } from "./lists";
import { canChunk } from "./plan";

type Back = BackwardVerb<GpuTensor, "linearAttention">;
type Args = CheckedLinearAttention<GpuTensor>;

/**
 * Throws UnsupportedError for what no chunk can express: the oja law, a gate for each value channel beside an erase, K over 256, and
 * tokens of more writes than a chunk has.
 */
export function expectGradient(args: Args, { chunkSize }: Pick<LinearAttentionPlan, "chunkSize">): void {
  if (!canChunk(args, chunkSize))
    throw new UnsupportedError(
      `linearAttention: laws and sizes must be those that chunks of ${chunkSize} writes can express for it to have a gradient on WebGPU, got ${describe(args)}. Compute it on the CPU.`,
    );
}

/** The gradients of linearAttention, f32, for what `expectGradient` lets pass: every sequence goes chunk by chunk. */
export function linearAttentionBack(
  device: Device,
  { args, grad }: Parameters<Back>[0],
  { chunkSize }: Pick<LinearAttentionPlan, "chunkSize">,
): ReturnType<Back> {
  const { initialState, erase, scale, steps, varlen, sizes } = args;
  const { T, N, HV, K, V } = sizes;
  const states = [N, HV, K, V];
  const made = new Set<GpuTensor>();
  const own = (x: GpuTensor): GpuTensor => {
    made.add(x);
    return x;
  };
  const prepared = normalise(device, args) as Prepared;
  if (args.qkL2Norm) for (const x of [prepared.q, prepared.k]) own(x);

  const list = chunksOf(device, varlen, 0, Math.floor(chunkSize / (steps * writesOf(erase))));
  const forward = chunkedWrites(
    device,
    prepared,
    list,
    chunkSize,
    stateSlot(device, initialState, false, states).slot,
  );
  const output = grad.o
    ? affine(device, { x: own(cast(device, { x: grad.o, dtype: "f32" })), scale, shift: 0 })
    : fill(device, 0, [T, HV, V], "f32");
  // what flows into the final states becomes, in place, what flows out of the initial ones
  const final = grad.finalState ?? own(fill(device, 0, states, "f32"));
  const carried = stateSlot(device, final, initialState !== undefined, states);
  const found = backThroughLaws({
    device,
    own,
    args: prepared,
    forward,
    output: own(output),
    carried: carried.slot,
  });
  const gradients = {
    ...argumentsOf(device, args, prepared, found),
    ...(carried.finalState && { initialState: carried.finalState }),
  };
  forward.dispose();
  for (const x of made) x.dispose();
  return gradients;
}

/** Sums what was found by value head and token to the arguments' own shapes. */
function argumentsOf(device: Device, args: Args, prepared: Prepared, found: Found): ReturnType<Back> {
  const heads = (x: GpuTensor, like: GpuTensor): GpuTensor => sumGroups(device, x, like.shape[1]!);
  const unit = (x: GpuTensor, result: GpuTensor, grad: GpuTensor): GpuTensor => {
    if (!args.qkL2Norm) return grad;
    const dx = normBack(device, { args: { ...l2, x, groupSize: args.sizes.K }, result, grad }).x!;
    grad.dispose();
    return dx;
  };
  const { q, k, decay, erase, read } = args;
  return {
    q: unit(q, prepared.q, heads(found.q, q)),
    k: unit(k, prepared.k, heads(found.k, k)),
    v: found.v,
    ...(decay && { decay: decayOf(device, decay, found.gates!) }),
    ...(erase && { erase: eraseOf(prepared.erase!, found, heads) }),
    ...(read.kind === "bonus" && { read: { kind: "bonus", u: sumTokens(device, found.u!) } }),
  };
}

const decayOf = (device: Device, decay: Decay<GpuTensor>, gates: GpuTensor): Decay<GpuTensor> =>
  decay.kind === "head" ? { kind: "head", slopes: sumTokens(device, gates) } : { kind: decay.kind, g: gates };

function eraseOf(
  erase: ChunkErase,
  { beta, reader, b }: Found,
  heads: (x: GpuTensor, like: GpuTensor) => GpuTensor,
): ChunkErase {
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
  `decay ${decay?.kind ?? "none"}, erase ${erase?.kind ?? "none"}, K ${sizes.K}, steps ${steps}`;
