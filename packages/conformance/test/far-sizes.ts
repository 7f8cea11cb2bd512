// Lengths and counts at the far ends: what a batch may be without any option.
import type { Ops, Tensor } from "@webfla/ops";
import { createTape } from "@webfla/ops/tape";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { generator } from "./verbs/maker";

const [K, V] = [8, 4];

/** o of the gated delta rule, and all gradients of Σ o · seed. */
export async function gated<T extends Tensor>(ops: Ops<T>, varlen: Varlen, H: number) {
  const [tokens, next] = [varlen.totalTokens, generator(3)];
  const draw = (width: number, number: (x: number) => number): Float32Array =>
    Float32Array.from({ length: tokens * H * width }, () => number(next()));
  const shapes = {
    q: [tokens, H, K],
    k: [tokens, H, K],
    v: [tokens, H, V],
    g: [tokens, H],
    beta: [tokens, H],
  };
  const tape = createTape(ops);
  const inputs = {
    q: draw(K, (x) => x - 0.5),
    k: draw(K, (x) => (x - 0.5) / 2),
    v: draw(V, (x) => x - 0.5),
    g: draw(1, (x) => -0.1 * x),
    beta: draw(1, (x) => x),
  };
  const names = Object.keys(inputs) as (keyof typeof inputs)[];
  const raw = names.map((name) => ops.tensor(inputs[name], shapes[name]));
  const leaves = raw.map((x) => tape.watch(x));
  const [q, k, v, g, beta] = leaves as [(typeof leaves)[0], ...typeof leaves] & typeof leaves;
  const { o } = tape.ops.linearAttention({
    q,
    k: k!,
    v: v!,
    decay: { kind: "scalar", g: g! },
    erase: { kind: "delta", beta: beta! },
    varlen,
  });
  const seed = ops.tensor(
    draw(V, (x) => x - 0.5),
    shapes.v,
  );
  const found = tape.gradients([{ of: o, seed }], leaves);
  const results = await Promise.all([tape.ops.read(o), ...found.map((x) => ops.read(x))]);
  o.dispose();
  tape.dispose();
  for (const x of [...raw, seed, ...found]) x.dispose();
  return results;
}

/** o of retention with the same rows at every token. */
export const constant = <X extends Tensor>(ops: Ops<X>, T: number, decay: number): X =>
  ops.scope(() => {
    const of = (value: number, width: number) => ops.full(value, [T, 1, width]);
    const { o } = ops.linearAttention({
      q: of(1, K),
      k: of(0.5, K),
      v: of(2, V),
      scale: 1,
      decay: { kind: "head", slopes: ops.full(decay, [1]) },
      varlen: fromLengths([T]),
    });
    return ops.slice({ x: o, axis: 0, start: T - 1, end: T });
  });

/** What every element of `constant` is. */
export const expectedConstant = (T: number, decay: number): number =>
  (K * (1 - Math.exp(decay * T))) / (1 - Math.exp(decay));
