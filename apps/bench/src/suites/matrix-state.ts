import type { Varlen } from "@webfla/varlen";
import { fromLengths } from "@webfla/varlen";
import type { Case, Contender, Size, Work } from "../cases/case";
import { decode, forward, forwardBackward, type Heads, laws } from "../cases/laws";
import { type Shape, shapes } from "../cases/shapes";

type Make = (law: string, varlen: Varlen, heads: Heads) => Work;

// f16: what is stored in between is rounded as well
const tolerance = { forward: { f32: 1e-5, f16: 4e-3 }, backward: { f32: 1e-4, f16: 2e-2 } };

// a software adapter compiles each law for seconds
const chosen = ({ small }: Size): readonly string[] =>
  small ? ["simpleGla", "gatedDeltaRule"] : Object.keys(laws);

function lawCase(law: string, { name, varlen, heads, check }: Shape, make: Make, more: Partial<Case>): Case {
  return {
    name: `${law} ${name}`,
    work: make(law, varlen, heads),
    check: make(law, check.varlen, check.heads),
    tolerance: tolerance.forward,
    ...more,
  };
}

/** The padded batch does the same for more tokens. */
function padding(law: string, { varlen, padded, heads }: Shape, make: Make): readonly Contender[] {
  if (!padded) return [];
  const expected = padded.totalTokens / varlen.totalTokens;
  return [{ kind: "work", name: "padded", work: make(law, padded, heads), expected }];
}

function ort(law: string, { varlen, heads }: Shape): readonly Contender[] {
  const { ort: rule, vector = false } = laws[law]!;
  // it has one batch of one length
  if (!rule || varlen.sequences > 1) return [];
  return [{ kind: "ort", rule, vector, T: varlen.totalTokens, H: heads.H, D: heads.K }];
}

function cpu(law: string, { varlen, heads }: Shape): readonly Contender[] {
  const some = Math.min(varlen.totalTokens, 64);
  return [{ kind: "cpu", work: forward(law, fromLengths([some]), heads), times: varlen.totalTokens / some }];
}

const recurrent: Contender = { kind: "plan", name: "token by token", plan: { plan: "recurrent" } };

/** Every law at every shape, with all its competitors. */
export const forwardCases = (size: Size): readonly Case[] =>
  chosen(size).flatMap((law) =>
    shapes(size).map((shape) =>
      lawCase(law, shape, forward, {
        contenders: [...padding(law, shape, forward), recurrent, ...ort(law, shape), ...cpu(law, shape)],
      }),
    ),
  );

export const backwardCases = (size: Size): readonly Case[] =>
  chosen(size).flatMap((law) =>
    shapes(size)
      .filter((_, i) => !size.small || i === 1)
      .map((shape) =>
        lawCase(law, shape, forwardBackward, {
          contenders: padding(law, shape, forwardBackward),
          tolerance: tolerance.backward,
        }),
      ),
  );

const ones = (count: number): Varlen => fromLengths(new Array<number>(count).fill(1));

/** One token for each of many sequences: states go in and come out. */
export const decodeCases = (size: Size): readonly Case[] => {
  const [N, heads] = size.small ? [8, { H: 1, K: 16, V: 16 }] : [64, { H: 16, K: 128, V: 128 }];
  return chosen(size).map((law) => ({
    name: `${law} T=1 × ${N}`,
    work: decode(law, ones(N), heads),
    check: decode(law, ones(3), { ...heads, H: 2 }),
    tolerance: tolerance.forward,
  }));
};

/** The cost of tokens, of sequences among as many tokens, and of lengths that differ. */
export function costCases(size: Size): readonly Case[] {
  const heads = size.small ? { H: 1, K: 16, V: 16 } : { H: 8, K: 64, V: 64 };
  const tokens = size.small ? [64, 128, 256] : [1024, 4096, 16_384, 65_536, 262_144, 1_048_576];
  const fixed = size.small ? 256 : 65_536;
  const counts = size.small ? [1, 4] : [1, 4, 16, 64, 256, 1024, 4096];
  const one = (
    law: string,
    name: string,
    varlen: Varlen,
    point: NonNullable<Case["points"]>[number],
  ): Case => ({
    name: `${law} ${name}`,
    work: forward(law, varlen, heads),
    check: forward(law, fromLengths([40, 1, 70]), { ...heads, H: 2 }),
    tolerance: tolerance.forward,
    points: [point],
    dtypes: [size.small ? "f32" : "f16"],
  });
  const all = size.small ? ["simpleGla"] : ["simpleGla", "gatedDeltaRule", "rwkv7"];
  return all.flatMap((law) => [
    ...tokens.map((x) =>
      one(law, `T=${x}`, fromLengths([x]), { curve: `${law}: tokens`, axis: "tokens", x }),
    ),
    ...counts.map((x) =>
      one(law, `${x} of ${fixed} tokens`, fromLengths(new Array<number>(x).fill(fixed / x)), {
        curve: `${law}: sequences of ${fixed} tokens in all`,
        axis: "sequences",
        x,
      }),
    ),
    ...skews(fixed, size.small ? 4 : 64).map(({ skew, lengths }) =>
      one(law, `skew ${skew.toFixed(1)}`, fromLengths(lengths), {
        curve: `${law}: ${lengths.length} sequences of ${fixed} tokens in all`,
        axis: "skew",
        x: skew,
      }),
    ),
  ]);
}

/** Batches of as many tokens, from alike to one long sequence among short ones; skew is the longest over the mean. */
function skews(
  T: number,
  N: number,
): readonly { readonly skew: number; readonly lengths: readonly number[] }[] {
  return [0, 0.5, 1, 2].map((power) => {
    const weights = Array.from({ length: N }, (_, i) => (i + 1) ** -power);
    const sum = weights.reduce((a, b) => a + b, 0);
    const lengths = weights.map((w) => Math.max(1, Math.floor((T * w) / sum)));
    lengths[0]! += T - lengths.reduce((a, b) => a + b, 0);
    return { skew: (Math.max(...lengths) * N) / T, lengths };
  });
}
