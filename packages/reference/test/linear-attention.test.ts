import { fromLengths } from "@webfla/varlen";
import { expect, test } from "vitest";
import { gatedDeltaRule } from "../src/oracle/gated-delta-rule";
import { cpu, f64, noise, random, relativeError } from "./shared";

test("the gated delta rule", () => {
  const rand = random(1);
  const varlen = fromLengths([5, 0, 1, 9]);
  const [T, H, HV, K, V] = [15, 2, 4, 7, 5];
  const args = { q: noise(rand, [T, H, K]), k: noise(rand, [T, H, K]), v: noise(rand, [T, HV, V]) };
  const [g, beta, initialState] = [
    noise(rand, [T, HV], -2, 0),
    noise(rand, [T, HV], 0, 1),
    noise(rand, [4, HV, K, V]),
  ];
  const { o, finalState } = cpu.linearAttention({
    ...args,
    decay: { kind: "scalar", g },
    erase: { kind: "delta", beta },
    initialState,
    outputFinalState: true,
    varlen,
  });
  const want = gatedDeltaRule({
    q: f64(args.q),
    k: f64(args.k),
    v: f64(args.v),
    g: f64(g),
    beta: f64(beta),
    initialState: f64(initialState),
    cuSeqlens: varlen.cuSeqlens,
    sizes: { H, HV, K, V },
  });
  expect(relativeError(o.data, want.o)).toBeLessThan(1e-6);
  expect(relativeError(finalState!.data, want.finalState)).toBeLessThan(1e-6);
});
