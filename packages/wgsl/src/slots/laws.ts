import type { CheckedLinearAttention } from "@webfla/ops";
import type { Sides } from "../dense";
import type { Slot } from "../launch";
import { view } from "../product";
import type { GpuTensor, Module } from "../runtime";
import betaOne from "./beta.one.wgsl";
import betaSide from "./beta.side.wgsl";
import decayHead from "./decay.head.wgsl";
import decayNone from "./decay.none.wgsl";
import decayScalar from "./decay.scalar.wgsl";
import decayValue from "./decay.value.wgsl";
import decayVector from "./decay.vector.wgsl";
import eraseDelta from "./erase.delta.wgsl";
import eraseLowRank from "./erase.low_rank.wgsl";
import eraseNone from "./erase.none.wgsl";
import eraseOja from "./erase.oja.wgsl";
import eraseKeyOwn from "./erase_key.own.wgsl";
import eraseKeySide from "./erase_key.side.wgsl";
import readAfter from "./read.after.wgsl";
import readBonus from "./read.bonus.wgsl";

type Laws = Pick<CheckedLinearAttention<GpuTensor>, "decay" | "erase" | "read">;

const module = (name: string, text: string): Module => ({ path: `slots/${name}.wgsl`, text });

const decays = {
  none: module("decay.none", decayNone),
  head: module("decay.head", decayHead),
  scalar: module("decay.scalar", decayScalar),
  vector: module("decay.vector", decayVector),
  value: module("decay.value", decayValue),
};
const erases = {
  none: module("erase.none", eraseNone),
  delta: module("erase.delta", eraseDelta),
  lowRank: module("erase.low_rank", eraseLowRank),
  oja: module("erase.oja", eraseOja),
};
const strengths = { one: module("beta.one", betaOne), side: module("beta.side", betaSide) };
const eraseKeys = { own: module("erase_key.own", eraseKeyOwn), side: module("erase_key.side", eraseKeySide) };
const reads = { after: module("read.after", readAfter), bonus: module("read.bonus", readBonus) };

/** Supplies `fade`. */
export function decaySlot(decay: Laws["decay"]): Slot {
  if (!decay) return { module: decays.none };
  const gate = decay.kind === "head" ? decay.slopes : decay.g;
  return {
    module: decays[decay.kind],
    needs: [view("gate", gate, decay.kind === "value" && gate.shape.at(-1)! % 4 === 0)],
  };
}

/** Supplies `before_decay` and `write`. */
export function eraseSlots(erase: Laws["erase"]): readonly Slot[] {
  const law = { module: erases[erase?.kind ?? "none"] };
  if (!erase || erase.kind === "lowRank") return [law];
  const strength = { module: strengths[erase.beta ? "side" : "one"] };
  if (erase.kind === "oja") return [law, strength];
  return [law, strength, { module: eraseKeys[erase.eraseKey ? "side" : "own"] }];
}

/** Supplies `read_before`, `read_own` and `read_after`. */
export const readSlot = (read: Laws["read"]): Slot => ({ module: reads[read.kind] });

/** What the erase and read laws carry, under the names of their `…_AT` constants: [rows, heads, width], or [heads, width]. */
export function sidesOf({ erase, read }: Laws, perHead: (x: GpuTensor) => GpuTensor): Sides {
  const beta = erase && erase.kind !== "lowRank" ? erase.beta : undefined;
  return {
    ...(beta ? { BETA: perHead(beta) } : {}),
    ...(erase?.kind === "delta" && erase.eraseKey ? { ERASE_KEY: erase.eraseKey } : {}),
    ...(erase?.kind === "lowRank" ? { A: erase.a, B: erase.b } : {}),
    ...(read.kind === "bonus" ? { U: read.u } : {}),
  };
}
