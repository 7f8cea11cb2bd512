import { randomStream } from "@webfla/zoo/generate";
import { relativeError } from "../run/grid";
import { step, type TokenLaws } from "../variants/laws";
import { variantOf } from "../variants/table";
import {
  type Recall,
  type StateReport,
  type StateRequest,
  type StateVariant,
  type Trajectory,
  width,
} from "./request";

const SPACE = 32;
const size = width * width;

/** A unit vector of its own for every byte. */
function vectorOf(byte: number, kind: "key" | "value"): Float64Array {
  const next = randomStream(2 * byte + (kind === "key" ? 0 : 1));
  const x = Float64Array.from({ length: width }, () => next() + next() + next() - 1.5);
  const norm = Math.hypot(...x);
  return x.map((value) => value / norm);
}

interface Token {
  readonly laws: Readonly<Record<string, Float64Array>>;
  readonly byte: number;
}

/** The token before is the key, the token itself the value: the state learns what follows what. */
function* tokensOf(bytes: Uint8Array, { decay, beta }: StateRequest): Generator<Token> {
  const spread = randomStream(3);
  const channels = Float64Array.from({ length: width }, () => 2 * spread());
  for (const [t, byte] of bytes.entries()) {
    const g = -decay * (byte === SPACE ? 1 : 1 / 6);
    const k = vectorOf(t === 0 ? SPACE : bytes[t - 1]!, "key");
    yield {
      byte,
      laws: {
        q: vectorOf(byte, "key"),
        k,
        v: vectorOf(byte, "value"),
        g: Float64Array.of(g),
        gates: channels.map((x) => g * x),
        beta: Float64Array.of(beta),
        erased: k.map((x) => -beta * x),
        kept: k.map((x) => beta * x),
      },
    };
  }
}

/** A variant's laws at one token, and the names its oracle knows the same tensors by. */
const variants: Record<
  StateVariant,
  { readonly laws: (x: Token["laws"]) => TokenLaws; readonly names: Readonly<Record<string, string>> }
> = {
  linearAttn: { laws: ({ k, v }) => ({ k: k!, v: v! }), names: {} },
  retention: {
    laws: ({ k, v }) => ({ k: k!, v: v!, g: { by: "all", g: Float64Array.of(Math.log(1 - 2 ** -5)) } }),
    names: {},
  },
  simpleGla: { laws: ({ k, v, g }) => ({ k: k!, v: v!, g: { by: "all", g: g! } }), names: { g: "g" } },
  gla: { laws: ({ k, v, gates }) => ({ k: k!, v: v!, g: { by: "row", g: gates! } }), names: { g: "gates" } },
  deltaRule: {
    laws: ({ k, v, beta }) => ({ k: k!, v: v!, erase: { kind: "delta", beta: beta![0]! } }),
    names: { beta: "beta" },
  },
  gatedDeltaRule: {
    laws: ({ k, v, g, beta }) => ({
      k: k!,
      v: v!,
      g: { by: "all", g: g! },
      erase: { kind: "delta", beta: beta![0]! },
    }),
    names: { g: "g", beta: "beta" },
  },
  kda: {
    laws: ({ k, v, gates, beta }) => ({
      k: k!,
      v: v!,
      g: { by: "row", g: gates! },
      erase: { kind: "delta", beta: beta![0]! },
    }),
    names: { g: "gates", beta: "beta" },
  },
  gatedOjaRule: {
    laws: ({ k, v, gates, beta }) => ({
      k: k!,
      v: v!,
      g: { by: "column", g: gates! },
      erase: { kind: "oja", beta: beta![0]! },
    }),
    names: { gv: "gates", beta: "beta" },
  },
  rwkv7: {
    laws: ({ k, v, gates, erased, kept }) => ({
      k: kept!,
      v: v!,
      g: { by: "row", g: gates! },
      erase: { kind: "lowRank", a: k!, b: erased! },
    }),
    names: { r: "q", w: "gates", k: "kept", a: "k", b: "erased" },
  },
};

function trajectoryOf(name: StateVariant, tokens: readonly Token[]): Trajectory {
  const { laws, names } = variants[name];
  const known = [...new Set(tokens.map(({ byte }) => byte))];
  const values = known.map((byte) => vectorOf(byte, "value"));
  const [decayed, erased, written] = [0, 1, 2].map(() => new Float32Array(tokens.length * size)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  let S = new Float64Array(size);
  const recalls = tokens.map(({ laws: x }, t) => {
    const made = step(S, laws(x));
    S = Float64Array.from(made.written);
    decayed.set(made.decayed, t * size);
    erased.set(made.erased, t * size);
    written.set(made.written, t * size);
    return recall(S, x["q"]!, known, values);
  });
  return { decayed, erased, written, recalls, error: relativeError(S, oracle(name, names, tokens)) };
}

function recall(
  S: Float64Array,
  q: Float64Array,
  known: readonly number[],
  values: readonly Float64Array[],
): Recall[] {
  const read = Float64Array.from({ length: width }, (_, j) =>
    q.reduce((sum, qi, i) => sum + qi * S[i * width + j]!, 0),
  );
  const norm = Math.hypot(...read) || 1;
  return known
    .map((byte, i) => ({ byte, likeness: values[i]!.reduce((sum, x, j) => sum + x * read[j]!, 0) / norm }))
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 4);
}

/** The variant's own recurrence over the whole text. */
function oracle(
  name: StateVariant,
  names: Readonly<Record<string, string>>,
  tokens: readonly Token[],
): Float64Array {
  const all = (from: string) => Float64Array.from(tokens.flatMap(({ laws }) => [...laws[from]!]));
  const inputs = Object.entries({ q: "q", k: "k", v: "v", ...names }).map(([to, from]) => [to, all(from)]);
  const T = tokens.length;
  const none = { T2: 0, M: 0, D: 0, S: 0, W: 0, P: 0, K2: 0 };
  const sizes = { T, N: 1, H: 1, HV: 1, K: width, V: width, ...none };
  const choice = { decay: "none", erase: "none", read: "after" } as const;
  return variantOf(name, choice).exact(Object.fromEntries(inputs), Uint32Array.of(0, T), sizes)[
    "finalState"
  ]!;
}

/** Runs variants over a text, token by token in f64, and keeps every state. */
export async function trajectories(request: StateRequest): Promise<StateReport> {
  const bytes = new TextEncoder().encode(request.text);
  const tokens = [...tokensOf(bytes, request)];
  return { bytes, trajectories: request.variants.map((name) => trajectoryOf(name, tokens)) };
}
