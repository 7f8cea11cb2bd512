import type { Ops, Tensor } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import * as oracle from "@webfla/reference/oracle";
import type { Varlen } from "@webfla/varlen";
import { type Input, of, type Sizes } from "./inputs";
import { lawInputs, lawsOf, recurrence } from "./laws";
import type { LawChoice, VariantName } from "./names";

type Named<X> = Readonly<Record<string, X>>;

/** A variant as it is run: its inputs, its function on any backend, and its recurrence in f64. */
export interface Variant {
  readonly inputs: Named<Input>;
  run<T extends Tensor>(ops: Ops<T>, inputs: Named<T>, varlen: Varlen): Named<T>;
  exact(inputs: Named<Float64Array>, cuSeqlens: Uint32Array, sizes: Sizes): Named<Float64Array>;
}

/** Results by name; a pair of states is finalState.0 and finalState.1. */
function flat<X extends object>(result: object): Named<X> {
  const found = Object.entries(result).flatMap(([name, x]: [string, unknown]) =>
    Array.isArray(x) ? x.map((part, i) => [`${name}.${i}`, part] as const) : [[name, x] as const],
  );
  return Object.fromEntries(found.filter(([, x]) => x !== undefined)) as Named<X>;
}

interface Row {
  readonly inputs: Named<Input>;
  /** Arguments that both take and that are no tensors. */
  readonly constants?: object;
  /** How the oracle calls its sizes, where it is not as everyone. */
  readonly oracleSizes?: (sizes: Sizes) => object;
}

/** The functions differ in their arguments' types alone, which the rows of the table name. */
const variant = (
  run: (ops: never, args: never) => object,
  exact: (args: never) => object,
  { inputs, constants = {}, oracleSizes = (sizes) => sizes }: Row,
): Variant => ({
  inputs,
  run: (ops, tensors, varlen) =>
    flat(run(ops as never, { ...tensors, ...constants, outputFinalState: true, varlen } as never)),
  exact: (tensors, cuSeqlens, sizes) =>
    flat(exact({ ...tensors, ...constants, cuSeqlens, sizes: oracleSizes(sizes) } as never)),
});

const q = of("T H K", "normal");
const k = of("T H K", "unit");
const v = of("T HV V", "normal");
const beta = of("T HV", "share");
const scalar = of("T HV", "gate");
const vector = of("T HV K", "gate");
const slots = of("T H M", "normal");
const slotGates = of("T H M", "gate");
const a = of("T H K", "unit");
const b = of("T H K", "opposed");
const initialState = of("N HV K V", "normal");
const qkv = { q, k, v, initialState };
const stateless = { q, k, v: of("T H V", "normal") };
// weights of one sign: a quotient by a sum near zero could be anything
const weighed = { ...stateless, q: of("T H K", "share"), k: of("T H K", "share") };
const preconditioned = { ...qkv, beta, gAtk: of("T H", "gate"), betaAtk: of("T H", "share") };
const channels = of("T D", "normal");
const channelWeight = of("D", "normal");
const ofChannels = ({ D }: Sizes) => ({ D, C: D });

const table: Record<Exclude<VariantName, "laws">, Variant> = {
  linearAttn: variant(fla.linearAttn, oracle.linearAttn, { inputs: qkv }),
  linearAttnNormalized: variant(fla.linearAttnNormalized, oracle.linearAttn, {
    inputs: weighed,
    constants: { normalize: true },
  }),
  retention: variant(fla.retention, oracle.retention, { inputs: qkv }),
  lightningAttn: variant(fla.lightningAttn, oracle.lightningAttn, {
    inputs: qkv,
    constants: { layerIdx: 1, numLayers: 4 },
  }),
  simpleGla: variant(fla.simpleGla, oracle.simpleGla, { inputs: { ...qkv, g: scalar } }),
  mamba2: variant(fla.mamba2, oracle.mamba2, {
    inputs: {
      x: v,
      dt: beta,
      A: of("HV", "negative"),
      B: k,
      C: q,
      D: of("HV", "normal"),
      initialState: of("N HV V K", "normal"),
    },
  }),
  gla: variant(fla.gla, oracle.gla, { inputs: { ...qkv, g: vector } }),
  rwkv6: variant(fla.rwkv6, oracle.rwkv6, {
    inputs: { r: q, k, v, w: vector, u: of("HV K", "normal"), initialState },
  }),
  based: variant(fla.based, oracle.based, { inputs: stateless }),
  rebased: variant(fla.rebased, oracle.rebased, { inputs: weighed }),
  gsa: variant(fla.gsa, oracle.gsa, { inputs: { ...stateless, s: of("T H M", "share"), g: slotGates } }),
  abc: variant(fla.abc, oracle.abc, { inputs: { ...stateless, s: slots } }),
  deltaRule: variant(fla.deltaRule, oracle.deltaRule, { inputs: { ...qkv, beta } }),
  gatedDeltaRule: variant(fla.gatedDeltaRule, oracle.gatedDeltaRule, {
    inputs: { ...qkv, g: scalar, beta },
  }),
  gatedDeltaProduct: variant(fla.gatedDeltaProduct, oracle.gatedDeltaProduct, {
    inputs: {
      q,
      k: of("T2 H K", "unit"),
      v: of("T2 HV V", "normal"),
      g: scalar,
      beta: of("T2 HV", "share"),
      initialState,
    },
    constants: { numHouseholder: 2 },
  }),
  kda: variant(fla.kda, oracle.kda, { inputs: { ...qkv, g: vector, beta } }),
  gdn2: variant(fla.gdn2, oracle.gdn2, {
    inputs: { ...qkv, g: vector, b: of("T HV K", "share"), w: of("T HV V", "share") },
  }),
  gatedOjaRule: variant(fla.gatedOjaRule, oracle.gatedOjaRule, {
    inputs: { ...qkv, gv: of("T HV V", "gate"), beta: of("T HV", "small") },
  }),
  precondGatedDeltaRule: variant(fla.precondGatedDeltaRule, oracle.precondGatedDeltaRule, {
    inputs: { ...preconditioned, g: scalar },
  }),
  precondKda: variant(fla.precondKda, oracle.precondKda, { inputs: { ...preconditioned, g: vector } }),
  comba: variant(fla.comba, oracle.comba, { inputs: { ...qkv, p: a, g: scalar, beta } }),
  iplrDeltaRule: variant(fla.iplrDeltaRule, oracle.iplrDeltaRule, { inputs: { ...qkv, a, b } }),
  dplrDeltaRule: variant(fla.dplrDeltaRule, oracle.dplrDeltaRule, { inputs: { ...qkv, a, b, gk: vector } }),
  rwkv7: variant(fla.rwkv7, oracle.rwkv7, { inputs: { r: q, w: vector, k, v, a, b, initialState } }),
  hgrn: variant(fla.hgrn, oracle.hgrn, {
    inputs: { x: channels, g: of("T D", "gate"), initialState: of("N D", "normal") },
  }),
  mamba1: variant(fla.mamba1, oracle.mamba1, {
    inputs: {
      x: channels,
      dt: of("T D", "share"),
      A: of("D S", "negative"),
      B: of("T S", "normal"),
      C: of("T S", "normal"),
      D: channelWeight,
      initialState: of("N D S", "normal"),
    },
  }),
  rwkv4: variant(fla.rwkv4, oracle.rwkv4, {
    inputs: { w: channelWeight, u: channelWeight, k: channels, v: channels },
    oracleSizes: ofChannels,
  }),
  attn: variant(fla.attn, oracle.attn, {
    inputs: { q: of("T HV K", "normal"), k: q, v: stateless.v },
    oracleSizes: ({ H, HV, K, V }) => ({ H, HQ: HV, K, V }),
  }),
  shortConv: variant(fla.shortConv, oracle.shortConv, {
    inputs: { x: channels, weight: of("D W", "normal"), initialState: of("N D W", "normal") },
    constants: { activation: "silu" },
  }),
  tokenShift: variant(fla.tokenShift, oracle.tokenShift, { inputs: { x: channels } }),
  rotary: variant(fla.rotary, oracle.rotary, {
    inputs: { x: q, cos: of("P K2", "cos"), sin: of("P K2", "sin") },
  }),
  rmsnorm: variant(fla.rmsnorm, oracle.rmsNorm, {
    inputs: { x: channels, weight: channelWeight },
    constants: { eps: 1e-5 },
  }),
  rmsnormGated: variant(fla.rmsnormGated, oracle.rmsNormGated, {
    inputs: { x: channels, g: channels, weight: channelWeight },
  }),
  l2norm: variant(fla.l2norm, oracle.l2Norm, { inputs: { x: channels } }),
  crossEntropy: variant(fla.crossEntropy, oracle.crossEntropy, {
    inputs: { logits: of("T V", "normal"), target: of("T", "id") },
  }),
};

const laws = (choice: LawChoice): Variant => ({
  inputs: lawInputs(choice),
  run: (ops, tensors, varlen) => {
    const { q, k, v, initialState } = tensors;
    const args = { q: q!, k: k!, v: v!, initialState, outputFinalState: true, varlen };
    return flat(ops.linearAttention({ ...args, ...lawsOf(choice, tensors) }));
  },
  exact: (tensors, cuSeqlens, sizes) => recurrence(choice, tensors, cuSeqlens, sizes),
});

export const variantOf = (name: VariantName, choice: LawChoice): Variant =>
  name === "laws" ? laws(choice) : table[name];
