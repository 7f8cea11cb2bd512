import type { Erase } from "@webfla/ops";
import { type Slot, storage } from "../launch";
import { sink, view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import apartKept from "./chunk_apart.kept.wgsl";
import apartNone from "./chunk_apart.none.wgsl";
import baseNone from "./chunk_base.none.wgsl";
import baseOwn from "./chunk_base.own.wgsl";
import betaGiven from "./chunk_beta.given.wgsl";
import betaOne from "./chunk_beta.one.wgsl";
import decayNone from "./chunk_decay.none.wgsl";
import decaySlopes from "./chunk_decay.slopes.wgsl";
import decaySums from "./chunk_decay.sums.wgsl";
import decayWide from "./chunk_decay.wide.wgsl";
import endsGiven from "./chunk_ends.given.wgsl";
import endsNone from "./chunk_ends.none.wgsl";
import eraseDelta from "./chunk_erase.delta.wgsl";
import eraseLowRank from "./chunk_erase.low_rank.wgsl";
import eraseGradDelta from "./chunk_erase_grad.delta.wgsl";
import eraseGradLowRank from "./chunk_erase_grad.low_rank.wgsl";
import extraNone from "./chunk_extra.none.wgsl";
import readsText from "./chunk_reads.wgsl";

const module = (name: string, text: string): Module => ({ path: `slots/${name}.wgsl`, text });

const modules = {
  apartKept: module("chunk_apart.kept", apartKept),
  apartNone: module("chunk_apart.none", apartNone),
  baseNone: module("chunk_base.none", baseNone),
  baseOwn: module("chunk_base.own", baseOwn),
  betaGiven: module("chunk_beta.given", betaGiven),
  betaOne: module("chunk_beta.one", betaOne),
  decayNone: module("chunk_decay.none", decayNone),
  decaySlopes: module("chunk_decay.slopes", decaySlopes),
  decaySums: module("chunk_decay.sums", decaySums),
  decayWide: module("chunk_decay.wide", decayWide),
  endsGiven: module("chunk_ends.given", endsGiven),
  endsNone: module("chunk_ends.none", endsNone),
  delta: module("chunk_erase.delta", eraseDelta),
  lowRank: module("chunk_erase.low_rank", eraseLowRank),
  deltaGrad: module("chunk_erase_grad.delta", eraseGradDelta),
  lowRankGrad: module("chunk_erase_grad.low_rank", eraseGradLowRank),
  extraNone: module("chunk_extra.none", extraNone),
};

/** What a gate stands before, and the running sums of the log gates in each chunk or, of gates alike at all tokens, the gates. */
export type Gates =
  | { readonly by: "PAIR" | "KEY" | "VALUE"; readonly sums: GpuTensor } // [T, HV, 1, K or V] f32
  | { readonly by: "PAIR"; readonly slopes: GpuTensor; readonly sums?: undefined }; // [HV]

/** Erase laws that a chunk can solve. */
export type ChunkErase = Exclude<Erase<GpuTensor>, { kind: "oja" }>;

/** Writes that a row makes under an erase law. */
export const writesOf = (erase: Erase<GpuTensor> | undefined): 1 | 2 => (erase?.kind === "lowRank" ? 2 : 1);

/** Supplies `gate_sum`, `gate_sum4`, BY_PAIR, BY_KEY and BY_VALUE. */
export function chunkDecaySlot(gates: Gates | undefined): Slot {
  if (!gates) return { module: modules.decayNone };
  if (gates.sums) {
    const wide = gates.by !== "PAIR" && gates.sums.shape.at(-1)! % 4 === 0;
    return {
      module: wide ? modules.decayWide : modules.decaySums,
      params: { [`BY_${gates.by}`]: true },
      brings: ["GATES", gates.sums],
    };
  }
  const { slopes } = gates;
  return { module: modules.decaySlopes, params: storage({ SLOPE: slopes }), brings: ["GATES", slopes] };
}

/** Supplies EVERY, and `answer` and `given`: how much a row's first write has of what its read finds, and of the rest. */
export const chunkEraseSlots = (erase: ChunkErase): readonly Slot[] =>
  erase.kind === "lowRank"
    ? [{ module: modules.lowRank }]
    : [{ module: modules.delta }, betaSlot(erase.beta)];

const betaSlot = (beta: GpuTensor | undefined): Slot =>
  beta
    ? { module: modules.betaGiven, params: storage({ STRENGTH: beta }), brings: ["BETA", beta] }
    : { module: modules.betaOne };

/** Supplies `extra4`: what the output gains besides its reads of the state. */
export const chunkExtraSlot = (extra: GpuTensor | undefined): Slot =>
  extra ? view("extra", extra) : { module: modules.extraNone };

/** Who reads: q after or before its token's own writes, the erase key of a delta erase, a of a low-rank one. */
export type ReadKind = "AFTER" | "BEFORE" | "DELTA" | "LOW_RANK";

/** `reads_of`, `read_row` and `seen_by` of the kind READS. */
export const chunkReads: Module = module("chunk_reads", readsText);

/** Supplies `keep_apart4`: keeps the part of a gradient that gates have faded, or adds to it. */
export const chunkApartSlots = (apart: GpuTensor | undefined, grows = false): readonly Slot[] =>
  apart
    ? [sink("apart", apart), { module: modules.apartKept, params: { APART_GROWS: grows } }]
    : [{ module: modules.apartNone }];

/** Supplies `base4`: what a gradient `o` grows from, a tensor where it is given. */
export const chunkBaseSlots = (base: "nothing" | "itself" | GpuTensor): readonly Slot[] =>
  base === "nothing"
    ? [{ module: modules.baseNone }]
    : base === "itself"
      ? [{ module: modules.baseOwn }]
      : [view("base", base)];

/** Supplies `enter_ends`, `ends_left4` and `ends_right4`: what the states after the chunks give to the writes, if they do. */
export const chunkEndsSlots = (across?: GpuTensor, stateGrads?: GpuTensor): readonly Slot[] =>
  across && stateGrads
    ? [view("across", across), view("state_grads", stateGrads), { module: modules.endsGiven }]
    : [{ module: modules.endsNone }];

/** Supplies `give_back`: what a row's first write gives to what it was made from. */
export const chunkEraseGradSlot = (erase: ChunkErase): Slot => ({
  module: erase.kind === "lowRank" ? modules.lowRankGrad : modules.deltaGrad,
});
