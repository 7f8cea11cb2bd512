import { computed, signal } from "@preact/signals";
import type { Plan } from "@webfla/wgsl";
import { flag, linked, numberIn, oneOf } from "../link";
import { lengthList } from "../parts/lengths";
import { task } from "../parts/task";
import { about, type LawChoice, lawNames, type VariantName, variantNames } from "../variants/names";
import type { TierChoice } from "../worker/choices";
import { hasWebGpu } from "../worker/has-webgpu";
import type { RunRequest, SideName } from "./request";

export const most = 4096;
export const lengthCodec = lengthList(most);
export const sizes = {
  H: { label: "Key heads H", codec: numberIn(1, 16) },
  HV: { label: "Value heads HV", codec: numberIn(1, 16) },
  K: { label: "Key width K", codec: numberIn(2, 128) },
  V: { label: "Value width V", codec: numberIn(1, 128) },
  seed: { label: "Seed", codec: numberIn(0, 2 ** 32 - 1) },
} as const;

export const variant = linked<VariantName>("run", "variant", "gatedDeltaRule", oneOf(...variantNames));
export const decay = linked<LawChoice["decay"]>("run", "decay", "scalar", oneOf(...lawNames.decay));
export const erase = linked<LawChoice["erase"]>("run", "erase", "delta", oneOf(...lawNames.erase));
export const read = linked<LawChoice["read"]>("run", "read", "after", oneOf(...lawNames.read));
export const lengths = linked<readonly number[]>("run", "lengths", [64, 7, 0, 33, 1, 23], lengthCodec);
export const H = linked("run", "H", 2, sizes.H.codec);
export const HV = linked("run", "HV", 2, sizes.HV.codec);
export const K = linked("run", "K", 16, sizes.K.codec);
export const V = linked("run", "V", 16, sizes.V.codec);
export const seed = linked("run", "seed", 1, sizes.seed.codec);
export const on = linked(
  "run",
  "on",
  hasWebGpu ? "both" : "cpu",
  oneOf<SideName | "both">("both", "webgpu", "cpu"),
);
export const tiers = linked<TierChoice>("run", "tier", "all", oneOf("all", "baseline"));
export const plan = linked<Plan>("run", "plan", "auto", oneOf("auto", "chunked", "recurrent"));
export const storage = linked("run", "storage", "f32", oneOf<"f32" | "f16">("f32", "f16"));
export const backward = linked("run", "backward", true, flag);

export const request = computed((): RunRequest => {
  const { grouped } = about[variant.value];
  const sides: readonly SideName[] = on.value === "both" ? ["cpu", "webgpu"] : [on.value];
  return {
    variant: variant.value,
    laws: { decay: decay.value, erase: erase.value, read: read.value },
    lengths: lengths.value,
    H: H.value,
    HV: grouped ? HV.value : H.value,
    K: K.value,
    V: V.value,
    seed: seed.value,
    storage: storage.value,
    backward: backward.value,
    on: sides,
    tiers: tiers.value,
    plan: plan.value,
  };
});

/** Seconds that the worker may be deaf to a stop. */
const longestOracle = 8;

/** Why the case cannot be run, if it cannot. */
export const refused = computed((): { readonly message: string; readonly kind: "failed" } | undefined => {
  const message = problem();
  return message ? { message, kind: "failed" } : undefined;
});

function problem(): string | undefined {
  const { H, HV, K, on } = request.value;
  if (HV % H !== 0) return `Value heads must be a multiple of key heads, got ${HV} and ${H}.`;
  if (variant.value === "rotary" && K % 2 === 1) return `Rotary needs an even key width, got ${K}.`;
  if (cost.value.oracleSeconds > longestOracle)
    return `The oracle would take ${Math.round(cost.value.oracleSeconds)} s at a stretch. Choose fewer tokens, heads or channels.`;
  if (on.includes("webgpu") && !hasWebGpu)
    return "This browser has no WebGPU. Choose the CPU: the same verbs, the same numbers.";
  return undefined;
}

export const runs = task("run");
export const leaks = task("leak");
/** The tensor that is drawn. */
export const shown = signal("o");
/** The sequence that the leak test changes. */
export const changed = signal(0);

/** Arithmetic of one pass over the matrix state; the seconds of one run of the oracle, and of all that are made. */
export const cost = computed(() => {
  const { lengths, HV, K, V } = request.value;
  const updates = lengths.reduce((sum, n) => sum + n, 0) * HV * K * V;
  const oracleSeconds = updates * 22e-9;
  // four for the derivative of each of about five inputs
  return { flops: 6 * updates, oracleSeconds, seconds: oracleSeconds * (backward.value ? 21 : 1) };
});
