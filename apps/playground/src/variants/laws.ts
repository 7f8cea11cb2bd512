import type { Decay, Erase, Read } from "@webfla/ops";
import type { Input } from "./inputs";
import { of } from "./inputs";
import type { LawChoice } from "./names";

/** The tensors of a choice of laws, by name. */
export function lawInputs({ decay, erase, read }: LawChoice): Record<string, Input> {
  const decays: Record<LawChoice["decay"], Record<string, Input>> = {
    none: {},
    head: { slopes: of("HV", "gate") },
    scalar: { g: of("T HV", "gate") },
    vector: { g: of("T HV K", "gate") },
    value: { g: of("T HV V", "gate") },
  };
  const erases: Record<LawChoice["erase"], Record<string, Input>> = {
    none: {},
    delta: { beta: of("T HV", "share") },
    lowRank: { a: of("T H K", "unit"), b: of("T HV K", "opposed") },
    oja: { beta: of("T HV", "small") },
  };
  return {
    q: of("T H K", "normal"),
    k: of("T H K", "unit"),
    v: of("T HV V", "normal"),
    ...decays[decay],
    ...erases[erase],
    ...(read === "bonus" ? { u: of("HV K", "normal") } : {}),
    initialState: of("N HV K V", "normal"),
  };
}

/** The laws over tensors of those names. */
export function lawsOf<T>(choice: LawChoice, x: Readonly<Record<string, T>>) {
  const decays: Record<LawChoice["decay"], () => Decay<T> | undefined> = {
    none: () => undefined,
    head: () => ({ kind: "head", slopes: x["slopes"]! }),
    scalar: () => ({ kind: "scalar", g: x["g"]! }),
    vector: () => ({ kind: "vector", g: x["g"]! }),
    value: () => ({ kind: "value", g: x["g"]! }),
  };
  const erases: Record<LawChoice["erase"], () => Erase<T> | undefined> = {
    none: () => undefined,
    delta: () => ({ kind: "delta", beta: x["beta"]! }),
    lowRank: () => ({ kind: "lowRank", a: x["a"]!, b: x["b"]! }),
    oja: () => ({ kind: "oja", beta: x["beta"]! }),
  };
  const reads: Record<LawChoice["read"], () => Read<T>> = {
    after: () => ({ kind: "after" }),
    bonus: () => ({ kind: "bonus", u: x["u"]! }),
  };
  return { decay: decays[choice.decay](), erase: erases[choice.erase](), read: reads[choice.read]() };
}

/** The laws of one token and head, as numbers. */
export interface TokenLaws {
  readonly k: Float64Array; // [K]
  readonly v: Float64Array; // [V]
  /** Log decay, one for the whole state, or for each row or column. */
  readonly g?: { readonly by: "all" | "row" | "column"; readonly g: Float64Array } | undefined;
  readonly erase?:
    | { readonly kind: "delta"; readonly beta: number }
    | { readonly kind: "lowRank"; readonly a: Float64Array; readonly b: Float64Array }
    | { readonly kind: "oja"; readonly beta: number }
    | undefined;
}

/** A token's step, one law after another: each is what its law adds to the state. */
export interface Step {
  readonly decayed: Float64Array; // [K, V]: the state once it has faded
  readonly erased: Float64Array; // and once its token has taken away
  readonly written: Float64Array; // and written
}

/** S ← decay(S), then what the erase takes away, then what is written. */
export function step(S: Float64Array, { k, v, g, erase }: TokenLaws): Step {
  const [K, V] = [k.length, v.length];
  const fade = (i: number, j: number): number =>
    g ? Math.exp(g.g[g.by === "all" ? 0 : g.by === "row" ? i : j]!) : 1;
  const at = (make: (i: number, j: number) => number) =>
    Float64Array.from({ length: K * V }, (_, n) => make(Math.floor(n / V), n % V));
  const columns = (M: Float64Array, x: Float64Array) =>
    Float64Array.from({ length: V }, (_, j) => x.reduce((sum, xi, i) => sum + xi * M[i * V + j]!, 0));
  const decayed = at((i, j) => fade(i, j) * S[i * V + j]!);
  switch (erase?.kind) {
    case undefined:
      return { decayed, erased: decayed, written: at((i, j) => decayed[i * V + j]! + k[i]! * v[j]!) };
    case "delta": {
      const held = columns(decayed, k);
      const erased = at((i, j) => decayed[i * V + j]! - erase.beta * k[i]! * held[j]!);
      return { decayed, erased, written: at((i, j) => erased[i * V + j]! + erase.beta * k[i]! * v[j]!) };
    }
    case "lowRank": {
      const held = columns(S, erase.a);
      const erased = at((i, j) => decayed[i * V + j]! + erase.b[i]! * held[j]!);
      return { decayed, erased, written: at((i, j) => erased[i * V + j]! + k[i]! * v[j]!) };
    }
    case "oja": {
      const held = k.map((_, i) => v.reduce((sum, x, j) => sum + x * decayed[i * V + j]!, 0));
      const erased = at((i, j) => decayed[i * V + j]! - erase.beta * held[i]! * v[j]!);
      return { decayed, erased, written: at((i, j) => erased[i * V + j]! + erase.beta * k[i]! * v[j]!) };
    }
    default:
      return erase satisfies never;
  }
}

/** Any laws, token by token in f64. */
export function recurrence(
  choice: LawChoice,
  x: Readonly<Record<string, Float64Array>>,
  cuSeqlens: ArrayLike<number>,
  { H, HV, K, V }: { readonly H: number; readonly HV: number; readonly K: number; readonly V: number },
): { readonly o: Float64Array; readonly finalState: Float64Array } {
  const row = (name: string, index: number, width: number) =>
    x[name]!.subarray(index * width, (index + 1) * width);
  const finalState = x["initialState"]!.slice();
  const o = new Float64Array(x["v"]!.length);
  for (let n = 0; n + 1 < cuSeqlens.length; n++)
    for (let t = cuSeqlens[n]!; t < cuSeqlens[n + 1]!; t++)
      for (let h = 0; h < HV; h++) {
        const [value, key] = [t * HV + h, t * H + Math.floor(h / (HV / H))];
        const S = finalState.subarray((n * HV + h) * K * V, (n * HV + h + 1) * K * V);
        const gates = {
          none: () => undefined,
          head: () => ({ by: "all", g: row("slopes", h, 1) }) as const,
          scalar: () => ({ by: "all", g: row("g", value, 1) }) as const,
          vector: () => ({ by: "row", g: row("g", value, K) }) as const,
          value: () => ({ by: "column", g: row("g", value, V) }) as const,
        };
        const erases = {
          none: () => undefined,
          delta: () => ({ kind: "delta", beta: x["beta"]![value]! }) as const,
          lowRank: () => ({ kind: "lowRank", a: row("a", key, K), b: row("b", value, K) }) as const,
          oja: () => ({ kind: "oja", beta: x["beta"]![value]! }) as const,
        };
        const [k, v, q] = [row("k", key, K), row("v", value, V), row("q", key, K)];
        const { written } = step(S, { k, v, g: gates[choice.decay](), erase: erases[choice.erase]() });
        const read = (i: number, j: number) =>
          choice.read === "after" ? written[i * V + j]! : S[i * V + j]! + row("u", h, K)[i]! * k[i]! * v[j]!;
        for (let j = 0; j < V; j++)
          o[value * V + j] = q.reduce((sum, qi, i) => sum + qi * K ** -0.5 * read(i, j), 0);
        S.set(written);
      }
  return { o, finalState };
}
