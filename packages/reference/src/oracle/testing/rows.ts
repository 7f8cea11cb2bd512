import * as oracle from "../index";
import { type Golden, readGolden } from "./safetensors";

export type Args = Record<string, unknown> & { cuSeqlens: ArrayLike<number> };
type States = Float64Array | readonly Float64Array[];
export type Result = { o: Float64Array } & Record<string, States>;

/** One oracle on one golden file. */
export interface Row {
  readonly name: string;
  readonly run: (args: Args) => Result;
  readonly golden: Golden;
  readonly args: Args;
}

const flags: Record<string, boolean> = { True: true, False: false };

type Sizes = Record<string, number>;
type Shapes = (axis: (tensor: string, index: number) => number) => Sizes;

const heads: Shapes = (axis) => ({ H: axis("k", 1), HV: axis("v", 1), K: axis("k", 2), V: axis("v", 2) });
const slots: Shapes = (axis) => ({ ...heads(axis), M: axis("s", 2) });
const softmax: Shapes = (axis) => ({ ...heads(axis), HQ: axis("q", 1) });
const channels: Shapes = (axis) => ({ D: axis("x", 1) });
const lastAxis: Shapes = (axis) => ({ D: axis("x", -1) });

// golden file, oracle, its sizes
const table: readonly [string, (args: never) => object, Shapes][] = [
  ["linear_attn", oracle.linearAttn, heads],
  ["linear_attn_normalized", oracle.linearAttn, heads],
  ["retention", oracle.retention, heads],
  ["lightning_attn", oracle.lightningAttn, heads],
  ["simple_gla", oracle.simpleGla, heads],
  ["gla", oracle.gla, heads],
  ["based", oracle.based, heads],
  ["rebased", oracle.rebased, heads],
  ["gsa", oracle.gsa, slots],
  ["abc", oracle.abc, slots],
  ["rwkv6", oracle.rwkv6, heads],
  [
    "mamba2",
    oracle.mamba2,
    (axis) => ({ H: axis("B", 1), HV: axis("x", 1), K: axis("B", 2), V: axis("x", 2) }),
  ],
  ["delta_rule", oracle.deltaRule, heads],
  ["gated_delta_rule", oracle.gatedDeltaRule, heads],
  ["gated_delta_rule_gva", oracle.gatedDeltaRule, heads],
  ["kda", oracle.kda, heads],
  ["kda_gva", oracle.kda, heads],
  ["delta_product", oracle.deltaProduct, heads],
  ["gated_delta_product", oracle.gatedDeltaProduct, heads],
  ["gdn2", oracle.gdn2, heads],
  ["precond_gated_delta_rule", oracle.precondGatedDeltaRule, heads],
  ["precond_kda", oracle.precondKda, heads],
  ["gated_oja_rule", oracle.gatedOjaRule, heads],
  ["comba", oracle.comba, heads],
  ["dplr_delta_rule", oracle.dplrDeltaRule, heads],
  ["iplr_delta_rule", oracle.iplrDeltaRule, heads],
  ["rwkv7", oracle.rwkv7, heads],
  ["hgrn", oracle.hgrn, channels],
  ["rwkv4", oracle.rwkv4, (axis) => ({ C: axis("k", 1) })],
  ["mamba1", oracle.mamba1, (axis) => ({ D: axis("A", 0), S: axis("A", 1) })],
  ["short_conv", oracle.shortConv, (axis) => ({ D: axis("weight", 0), W: axis("weight", 1) })],
  ["token_shift", oracle.tokenShift, channels],
  ["token_shift_nocache", oracle.tokenShift, channels],
  ["rotary", oracle.rotary, (axis) => ({ H: axis("x", 1), K: axis("x", 2) })],
  ["rotary_interleaved", oracle.rotary, (axis) => ({ H: axis("x", 1), K: axis("x", 2) })],
  ["rmsnorm", oracle.rmsNorm, lastAxis],
  ["rmsnorm_gated", oracle.rmsNormGated, lastAxis],
  ["l2norm", oracle.l2Norm, lastAxis],
  ["attn", oracle.attn, softmax],
  ["attn_gqa", oracle.attn, softmax],
  ["attn_gqa_window", oracle.attn, softmax],
  ["attn_sink", oracle.attn, softmax],
  ["forgetting_attn", oracle.attn, softmax],
  ["forgetting_attn_window", oracle.attn, softmax],
  ["cross_entropy", oracle.crossEntropy, (axis) => ({ V: axis("logits", 1) })],
];

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const isOutput = (name: string) => name === "o" || name.startsWith("final_");

/** Names of the tensors that are neither outputs nor gradients. */
export const inputNames = ({ tensors }: Golden): string[] =>
  Object.keys(tensors).filter((name) => !isOutput(name) && !(name[0] === "d" && name.slice(1) in tensors));

/** Names of the tensors the operator returns. */
export const outputNames = ({ tensors }: Golden): string[] => Object.keys(tensors).filter(isOutput);

/** The argument a golden tensor belongs to, and its place if that argument is a tuple. */
export function argumentOf(name: string): { argument: string; index?: number } {
  const [, stem, index] = /^(.*?)(?:_(\d))?$/.exec(name)!;
  const argument = stem === "state" || stem === "cache" ? "initialState" : camel(stem!);
  return index === undefined ? { argument } : { argument, index: Number(index) };
}

function inputs(golden: Golden): Record<string, Float64Array | Float64Array[]> {
  const args: Record<string, Float64Array | Float64Array[]> = {};
  for (const name of inputNames(golden)) {
    const { argument, index } = argumentOf(name);
    const { data } = golden.tensors[name]!;
    if (index === undefined) args[argument] = data;
    else ((args[argument] ??= []) as Float64Array[])[index] = data;
  }
  return args;
}

/** The metadata as options, numbers read; a window of 0 means none. */
const options = (metadata: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(metadata)
      .map(
        ([key, text]) =>
          [camel(key), Number.isNaN(Number(text)) ? (flags[text] ?? text) : Number(text)] as const,
      )
      .filter(([key, value]) => key !== "windowSize" || value !== 0),
  );
/** Every row, read from the golden files. */
export const rows: readonly Row[] = table.map(([name, run, shapes]) => {
  const golden = readGolden(name);
  const axis = (tensor: string, index: number) => golden.tensors[tensor]!.shape.at(index)!;
  const args = { ...options(golden.metadata), ...inputs(golden), sizes: shapes(axis) } as Record<
    string,
    unknown
  > as Args;
  return { name, run: run as unknown as Row["run"], golden, args };
});

/** The row read from one golden file. */
export const rowOf = (name: string): Row => rows.find((row) => row.name === name)!;

/** Root mean square error over the root mean square of `expected`. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [error, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return actual.length === expected.length ? Math.sqrt(error / (norm || 1)) : Infinity;
}

/** Tokens [from, to) of sequence n alone; carried states replace its initial ones. */
export function cut(
  { golden, args }: Row,
  n: number,
  from: number,
  to: number,
  carried: Partial<Result> = {},
): Args {
  const cu = args.cuSeqlens;
  const part: Args = { ...args, cuSeqlens: [0, to - from] };
  for (const name of inputNames(golden)) {
    const { argument, index } = argumentOf(name);
    const { data, perToken } = golden.tensors[name]!;
    const take = (start: number, end: number, of: number) =>
      data.slice((start * data.length) / of, (end * data.length) / of);
    const piece = perToken
      ? take(cu[n]! + from, cu[n]! + to, cu[cu.length - 1]!)
      : argument.startsWith("initial")
        ? take(n, n + 1, cu.length - 1)
        : data;
    if (argument === "cuSeqlens") continue;
    if (index === undefined) part[argument] = piece;
    else part[argument] = Object.assign([...(part[argument] as Float64Array[])], { [index]: piece });
  }
  for (const [name, state] of statesOf(carried)) part[name.replace(/^final/, "initial")] = state;
  return part;
}

/** The states a result carries. */
export const statesOf = (
  result: Partial<Result>,
): [name: string, state: Float64Array | readonly Float64Array[]][] =>
  Object.entries(result).filter(([name, value]) => name.startsWith("final") && value) as never;
