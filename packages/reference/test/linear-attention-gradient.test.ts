import { checks, type LinearAttentionArgs } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { expect, test } from "vitest";
import type { CpuTensor } from "../src/index";
import { numericalGradient } from "../src/oracle/finite-differences";
import { base, type Case, laws, make } from "./linear-attention-case";
import { recurrence64 } from "./recurrence64";
import { cpu, f64, noise, random, relativeError } from "./shared";

type Args = LinearAttentionArgs<CpuTensor>;
type Tree = { readonly [name: string]: unknown };

const isTensor = (x: unknown): x is CpuTensor => typeof x === "object" && x !== null && "data" in x;
const isLaw = (x: unknown): x is Tree => typeof x === "object" && x !== null && "kind" in x;

/** The tensors of a record of arguments or of gradients, laws opened: erase.beta. */
function tensors(of: Tree, prefix = ""): Map<string, CpuTensor> {
  return new Map(
    Object.entries(of).flatMap(([name, x]): [string, CpuTensor][] => {
      if (isTensor(x)) return [[prefix + name, x]];
      return isLaw(x) ? [...tensors(x, `${prefix + name}.`)] : [];
    }),
  );
}

/** The arguments with the named tensor's numbers replaced. */
function replace(of: Tree, path: string, data: Float64Array): Tree {
  const [name, rest] = path.split(/\.(.*)/) as [string, string | undefined];
  const old = of[name];
  return {
    ...of,
    [name]: rest ? replace(old as Tree, rest, data) : { shape: (old as CpuTensor).shape, data },
  };
}

function gradients(args: Args, grad: { o: CpuTensor | undefined; finalState: CpuTensor | undefined }) {
  const checked = checks<CpuTensor>().linearAttention(args);
  const result = cpu.backend.linearAttention(checked);
  return tensors(cpu.backend.backward.linearAttention!({ args: checked, result, grad }));
}

const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Array.from(x).reduce((sum, xi, i) => sum + xi * y[i]!, 0);

/** An equation of gradients: finite differences of the recurrence in f64 at a few elements of every tensor. */
function agrees(c: Case): void {
  const args = make(c);
  const rand = random(c.seed + 1);
  const HV = c.H * c.group;
  const grad = {
    o: noise(rand, [args.varlen.totalTokens, HV, c.V]),
    finalState: noise(rand, [args.varlen.sequences, HV, c.K, c.V]),
  };
  const found = gradients(args, grad);
  const inputs = tensors(args as unknown as Tree);
  expect([...found.keys()].sort()).toEqual([...inputs.keys()].sort());
  for (const [name, x] of inputs) {
    const loss = (data: Float64Array): number => {
      const { o, finalState } = recurrence64(replace(args as unknown as Tree, name, data) as unknown as Args);
      return dot(o, grad.o.data) + dot(finalState, grad.finalState.data);
    };
    const gradient = found.get(name)!.data;
    expect(gradient).toHaveLength(x.data.length);
    const indices = [0, 0.37, 0.61, 0.999].map((place) => Math.floor(place * gradient.length));
    const want = numericalGradient(loss, f64(x), indices);
    const size = Math.sqrt(dot(gradient, gradient) / gradient.length);
    for (const [i, index] of indices.entries())
      expect(Math.abs(gradient[index]! - want[i]!), `${name}[${index}]`).toBeLessThan(2e-6 * (1 + size));
  }
}

const tiny: Omit<Case, "decay" | "erase" | "read"> = { ...base, lengths: [2, 0, 1, 5], K: 3, V: 2 };

test.each(laws)("$decay decay, $erase erase, read $read", (law) => {
  agrees({ ...tiny, ...law });
  agrees({ ...tiny, ...law, K: 2, V: 4, group: 1, steps: 2, given: false, qkL2Norm: true });
});

test("more states than are kept", () => {
  agrees({ ...tiny, decay: "vector", erase: "delta", read: "after", lengths: [1, 37], H: 1, steps: 3 });
});

test("a result that nothing flows into counts as zeros", () => {
  const c: Case = { ...tiny, decay: "scalar", erase: "delta", read: "after" };
  const args = make(c);
  const zeros = { o: cpu.full(0, [8, 4, 2]), finalState: cpu.full(0, [4, 4, 3, 2]) };
  const some = { o: noise(random(1), [8, 4, 2]), finalState: noise(random(2), [4, 4, 3, 2]) };
  for (const name of ["o", "finalState"] as const) {
    const absent = gradients(args, { ...some, [name]: undefined });
    for (const [key, x] of gradients(args, { ...some, [name]: zeros[name] }))
      expect(absent.get(key)!.data).toEqual(x.data);
  }
});

test("tensors that are one argument twice get a gradient each", () => {
  const c: Case = { ...tiny, decay: "none", erase: "deltaKey", read: "after", group: 1 };
  const args = make(c);
  const grad = { o: noise(random(3), [8, 2, 2]), finalState: undefined };
  const copy = cpu.affine({ x: args.k });
  const apart = gradients({ ...args, erase: { kind: "delta", eraseKey: copy } }, grad);
  const shared = gradients({ ...args, erase: { kind: "delta", eraseKey: args.k } }, grad);
  for (const [name, x] of apart) expect(shared.get(name)!.data).toEqual(x.data);
});

test("empty sequences hand the state's gradient through", () => {
  const c: Case = { ...tiny, decay: "vector", erase: "lowRank", read: "bonus", lengths: [0, 0] };
  const finalState = noise(random(5), [2, 4, 3, 2]);
  const found = gradients(make(c), { o: undefined, finalState });
  expect(found.get("initialState")!.data).toEqual(finalState.data);
});

test("gates that forget everything leave finite gradients", () => {
  const args = make({ ...tiny, decay: "vector", erase: "delta", read: "after" });
  const g = cpu.full(Number.NEGATIVE_INFINITY, [8, 4, 3]);
  const grad = { o: noise(random(6), [8, 4, 2]), finalState: undefined };
  for (const [name, x] of gradients({ ...args, decay: { kind: "vector", g } }, grad))
    expect(x.data.every(Number.isFinite), name).toBe(true);
});

test("a thousand tokens stay within 1e-6 of their halves with the state carried", () => {
  const c: Case = {
    ...base,
    decay: "scalar",
    erase: "delta",
    read: "after",
    lengths: [1000],
    H: 1,
    group: 1,
  };
  const args = make({ ...c, K: 16, V: 16, given: false });
  const o = noise(random(8), [1000, 1, 16]);
  const whole = gradients(args, { o, finalState: undefined });
  const rows = (x: CpuTensor, from: number, to: number) =>
    cpu.slice({ x, axis: 0, start: (from * x.shape[0]!) / 1000, end: (to * x.shape[0]!) / 1000 });
  const half = (from: number, to: number, initialState: CpuTensor | undefined): Args => ({
    ...args,
    q: rows(args.q, from, to),
    k: rows(args.k, from, to),
    v: rows(args.v, from, to),
    decay: { kind: "scalar", g: rows(tensors(args as unknown as Tree).get("decay.g")!, from, to) },
    erase: { kind: "delta", beta: rows(tensors(args as unknown as Tree).get("erase.beta")!, from, to) },
    initialState,
    varlen: fromLengths([to - from]),
  });
  const first = half(0, 400, undefined);
  const carried = cpu.linearAttention(first).finalState!;
  const late = gradients(half(400, 1000, carried), { o: rows(o, 400, 1000), finalState: undefined });
  const early = gradients(first, { o: rows(o, 0, 400), finalState: late.get("initialState")! });
  for (const [name, x] of whole) {
    const halves = [...early.get(name)!.data, ...late.get(name)!.data];
    expect(relativeError(halves, x.data), name).toBeLessThan(1e-6);
  }
});
