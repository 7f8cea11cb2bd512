import type { Erase } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CpuTensor, createCpu } from "../src/index";
import { gatedDeltaRule } from "../src/oracle/gated-delta-rule";
import { type Args, base, type Case, decays, erases, laws, make, reads } from "./linear-attention-case";
import { recurrence64 } from "./recurrence64";
import { cpu, f64, magnitude, noise, random, relativeError } from "./shared";

/** The rows of sequences [from, to) of every per-token tensor. */
function part(
  args: Args,
  steps: number,
  from: number,
  to: number,
  varlen: Varlen,
  state = args.initialState,
): Args {
  const rows = (x: CpuTensor, times: number) =>
    cpu.slice({ x, axis: 0, start: from * times, end: to * times });
  const { decay, erase } = args;
  return {
    ...args,
    q: rows(args.q, 1),
    k: rows(args.k, steps),
    v: rows(args.v, steps),
    decay: decay && decay.kind !== "head" ? { ...decay, g: rows(decay.g, 1) } : decay,
    erase:
      erase &&
      (Object.fromEntries(
        Object.entries(erase).map(([name, x]) => [name, typeof x === "string" || !x ? x : rows(x, steps)]),
      ) as unknown as Erase<CpuTensor>),
    initialState: state,
    varlen,
  };
}

/** What the law adds up, without signs: what is erased is no larger. */
function sizes(args: Args) {
  const { q, k, v, initialState, read } = args;
  return recurrence64({
    ...args,
    q: magnitude(q),
    k: magnitude(k),
    v: magnitude(v),
    initialState: initialState && magnitude(initialState),
    read: read?.kind === "bonus" ? { ...read, u: magnitude(read.u) } : read,
    erase: undefined,
  });
}

function agrees(c: Case): void {
  const args = make(c);
  const { o, finalState } = cpu.linearAttention(args);
  const [want, size] = [recurrence64(args), sizes(args)];
  expect(relativeError(o.data, want.o, size.o)).toBeLessThan(1e-6);
  expect(relativeError(finalState!.data, want.finalState, size.finalState)).toBeLessThan(1e-6);
}

test.each(laws)("$decay decay, $erase erase, read $read", (law) => {
  agrees({ ...base, ...law });
  agrees({ ...base, ...law, steps: 3, given: false, qkL2Norm: law.erase !== "oja" });
});

test("random shapes", () => {
  fc.assert(
    fc.property(
      fc.record({
        decay: fc.constantFrom(...decays),
        erase: fc.constantFrom(...erases),
        read: fc.constantFrom(...reads),
        lengths: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 4 }),
        H: fc.integer({ min: 1, max: 3 }),
        group: fc.integer({ min: 1, max: 2 }),
        K: fc.integer({ min: 1, max: 20 }),
        V: fc.integer({ min: 1, max: 20 }),
        steps: fc.integer({ min: 1, max: 3 }),
        qkL2Norm: fc.constant(false),
        given: fc.boolean(),
        seed: fc.integer(),
      }),
      agrees,
    ),
    { numRuns: 100 },
  );
});

test.each(laws)("packed is each alone, and split is whole, bit for bit: $decay, $erase, $read", (law) => {
  const c: Case = { ...base, ...law, steps: 2 };
  const args = make(c);
  const { o, finalState } = cpu.linearAttention(args);
  const HV = c.H * c.group;
  const [width, size] = [HV * c.V, HV * c.K * c.V];
  for (const [n, length] of c.lengths.entries()) {
    const from = args.varlen.cuSeqlens[n]!;
    const state = (x: CpuTensor) => cpu.slice({ x, axis: 0, start: n, end: n + 1 });
    const cut = Math.floor(length / 3);
    const before = cpu.linearAttention(
      part(args, c.steps, from, from + cut, fromLengths([cut]), state(args.initialState!)),
    );
    const after = cpu.linearAttention(
      part(args, c.steps, from + cut, from + length, fromLengths([length - cut]), before.finalState),
    );
    const alone = cpu.linearAttention(
      part(args, c.steps, from, from + length, fromLengths([length]), state(args.initialState!)),
    );
    const packed = o.data.slice(from * width, (from + length) * width);
    const packedState = finalState!.data.slice(n * size, (n + 1) * size);
    expect(alone.o.data).toEqual(packed);
    expect(alone.finalState!.data).toEqual(packedState);
    expect(Float32Array.of(...before.o.data, ...after.o.data)).toEqual(packed);
    expect(after.finalState!.data).toEqual(packedState);
  }
});

test("a thousand tokens stay within 1e-6 of the oracle", () => {
  const rand = random(7);
  const [T, H, K, V] = [1000, 1, 64, 64];
  const varlen = fromLengths([T]);
  const [q, k, v] = [noise(rand, [T, H, K]), noise(rand, [T, H, K]), noise(rand, [T, H, V])];
  const unit = cpu.norm({ kind: "l2", x: k, eps: 1e-6 });
  const [g, beta] = [noise(rand, [T, H], -0.1, 0), noise(rand, [T, H], 0, 1)];
  const { o } = cpu.linearAttention({
    q,
    k: unit,
    v,
    decay: { kind: "scalar", g },
    erase: { kind: "delta", beta },
    varlen,
  });
  const want = gatedDeltaRule({
    q: f64(q),
    k: f64(unit),
    v: f64(v),
    g: f64(g),
    beta: f64(beta),
    cuSeqlens: varlen.cuSeqlens,
    sizes: { H, K, V },
  });
  expect(relativeError(o.data, want.o)).toBeLessThan(1e-6);
});

test("gates of −20 a token and of −1000 give finite, right answers", () => {
  for (const strength of [-20, -1000]) {
    const args = make({ ...base, decay: "vector", erase: "delta", read: "after" });
    const g = cpu.full(strength, args.decay?.kind === "vector" ? args.decay.g.shape : []);
    const strong: Args = { ...args, decay: { kind: "vector", g } };
    expect(relativeError(cpu.linearAttention(strong).o.data, recurrence64(strong).o)).toBeLessThan(1e-6);
  }
});

test("f16 storage keeps f32 states", () => {
  const ops = createCpu({ poison: true });
  const args = make({ ...base, decay: "none", erase: "none", read: "after" });
  const half = { ...args, v: ops.cast({ x: args.v, dtype: "f16" }) };
  const { o, finalState } = ops.linearAttention(half);
  expect([o.dtype, finalState!.dtype]).toEqual(["f16", "f32"]);
  expect(relativeError(o.data, recurrence64(half).o)).toBeLessThan(1e-3);
  expect(relativeError(finalState!.data, recurrence64(half).finalState)).toBeLessThan(1e-6);
});
